/** What the operators' routes share: their description, who acts, and what follows a write. */
import type { z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import type { Scope } from '../../../domain/store/operator-key.ts'
import { recordAudit, type AuditEntry } from '../../../platform/postgres/audit.ts'
import { countUntold } from '../../../platform/postgres/outbox.ts'
import type { Birth } from '../../../platform/postgres/product-writes.ts'
import type { Writer } from '../../../platform/postgres/writing.ts'
import type { AppEnv, Asked } from '../../context.ts'
import { failingOf, report } from '../../failures.ts'
import { answeredOnce, keyed } from '../../middleware/idempotency/index.ts'
import { may } from '../../middleware/operator/index.ts'
import { catalogChanged } from '../../public-reads.ts'
import { publishBatches, publishDrop, publishSome, type Heard } from '../../publishing.ts'
import { database, leaveBookmark } from '../../sessions.ts'
import { KEY_PARAMETER, body } from '../endpoint.ts'

export const security = [{ operator_key: [] }]

/** For routes that read, or that are safe to repeat by their nature. */
export const needs = (scope: Scope): { security: typeof security; middleware: MiddlewareHandler<AppEnv>[] } => ({
  security,
  middleware: [may(scope)],
})

const operatorKey = (c: Asked): string => `key:${c.var.operator.keyId}`

/** For POSTs that make something: done once a key, whatever happens to the answer. */
export const needsOnce = (scope: Scope) => ({
  security,
  parameters: [KEY_PARAMETER],
  middleware: [may(scope), keyed, answeredOnce(operatorKey)],
})

/** For POSTs whose answer is kept by the owner of the effect. */
export const needsKey = (scope: Scope) => ({
  security,
  parameters: [KEY_PARAMETER],
  middleware: [may(scope), keyed],
})

export const takes = <Schema extends z.ZodType>(schema: Schema) => ({ request: body(schema) })

export const birth = (c: Asked): Birth => ({ now: c.var.visit.clock.now(), random: c.var.visit.random })

/** Writes down what an operator did. */
export async function audit(c: Asked, writer: Writer, entry: Omit<AuditEntry, 'actor'>): Promise<void> {
  await recordAudit(writer, c.var.visit.storeId, { ...entry, actor: c.var.operator.keyId }, birth(c))
}

/** The same where the change stands already, also while the database that would write it down is away. */
export async function auditSoon(c: Asked, entry: Omit<AuditEntry, 'actor'>): Promise<void> {
  try {
    const writer = database(c).write()
    await audit(c, writer, entry)
    await leaveBookmark(c, writer)
  } catch (fault) {
    report(c, fault, failingOf(fault))
  }
}

/** SKUs told of their new terms in one go, and goes before the answer; an import's thousands follow after it. */
const OFFERS_AT_ONCE = 100
const GOES_BEFORE_THE_ANSWER = 5
const GOES_AFTER_IT = 500

/**
 * What follows every write of the catalog: it is written down, the stock objects hear of new terms, pages are made anew,
 * and this session reads what it wrote.
 */
export async function afterCatalogWrite(c: Asked, writer: Writer, entry: Omit<AuditEntry, 'actor'>): Promise<void> {
  await audit(c, writer, entry)
  await publish(c)
  await catalogChanged(c)
  await leaveBookmark(c, writer)
}

/**
 * The same after a change of a drop, in the order that somebody wants who stops a sale: its objects first, then the books.
 * Answers who has heard; `skus` names those that have left the drop, too.
 */
export async function afterDropChange(
  c: Asked,
  writer: Writer,
  entry: Omit<AuditEntry, 'actor'>,
  drop: { id: string; skus: readonly string[] },
): Promise<Heard> {
  const told = { storeId: c.var.visit.storeId, dropId: drop.id, skus: drop.skus }
  let heard: Heard = { stockObjects: 0, stockObjectsOf: drop.skus.length, drop: false }
  try {
    heard = await publishDrop(c.env, database(c), told)
  } catch (fault) {
    report(c, fault, failingOf(fault)) // the write itself stands; its outbox rows are still there
  }
  await afterCatalogWrite(c, writer, entry)
  return heard
}

/** Tells the judges of a batch of invitations at once, and answers whether all have heard. Never rejects. */
export async function publishNow(c: Asked, batchId: string): Promise<boolean> {
  const { storeId } = c.var.visit
  try {
    await publishBatches(c.env, database(c), { storeId, keys: [batchId], limit: 1 })
    return (await countUntold(database(c), storeId, 'invitations', [batchId])) === 0
  } catch (fault) {
    report(c, fault, failingOf(fault)) // the write itself stands; the cron tells who has not heard
    return false
  }
}

/** Tells the objects. What cannot be told now stays in the outbox, and the cron tells it. */
export async function publish(c: Asked): Promise<void> {
  if (await publishGoes(c, GOES_BEFORE_THE_ANSWER)) c.executionCtx.waitUntil(publishGoes(c, GOES_AFTER_IT))
}

/** Whether there is more to tell. Never rejects. */
async function publishGoes(c: Asked, goes: number): Promise<boolean> {
  const { storeId } = c.var.visit
  try {
    for (let go = 0; go < goes; go++) {
      const { more } = await publishSome(c.env, database(c), { storeId, limit: OFFERS_AT_ONCE })
      if (!more) return false
    }
    return true
  } catch (fault) {
    report(c, fault, failingOf(fault)) // the write itself stands; its outbox rows are still there
    return false
  }
}

/** What a change names; what it leaves out must overwrite nothing. */
export const named = <Change extends object>(change: Change): Defined<Change> =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Defined<Change>

type Defined<Change> = { [Name in keyof Change]?: Exclude<Change[Name], undefined> }
