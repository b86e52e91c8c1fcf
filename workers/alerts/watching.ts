/** Whoever looks at the jobs, looks for the alerts too: they need not wait for the cron while somebody watches. */
import type { Look } from '../../domain/alert/rules.ts'
import type { Asked } from '../context.ts'
import { failingOf, report } from '../failures.ts'
import { tellOf } from './index.ts'

/** More often says nothing new, and each is a turn of the object that keeps the alerts. */
const EVERY_MS = 60_000
const STORES_MOST = 1000

const judgedAt = new Map<string, number>()

/** Has the look judged behind the answer, once a minute in this isolate. Never rejects. */
export function judgeSometimes(c: Asked, look: Look): void {
  const { storeId, store } = c.var.visit
  const last = judgedAt.get(storeId)
  if (last !== undefined && look.at >= last && look.at < last + EVERY_MS) return
  if (judgedAt.size >= STORES_MOST) judgedAt.clear()
  judgedAt.set(storeId, look.at)
  const judged = tellOf(c.env, { id: storeId, name: store.name }, look)
  c.executionCtx.waitUntil(judged.catch((fault: unknown) => report(c, fault, failingOf(fault))))
}
