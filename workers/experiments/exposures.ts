/**
 * Exposures: told to the objects that count them after the answer has gone, many at a time. Nobody waits for it.
 *
 * What it does not promise: an isolate that is thrown away within the half second in which it gathers, or whose objects do
 * not answer, loses what it has. The visitor's next page tells it again, since only what was taken down is remembered as
 * told; who sees one page only is then not counted, whichever side they were on.
 */
import type { Shown } from '../../domain/experiment/assignment.ts'
import { experimentShardOf } from '../../domain/experiment/keeper.ts'
import type { Exposure } from '../../domain/message/experiment-desk.ts'
import type { Asked } from '../context.ts'
import { experimentDesk } from '../desks.ts'

const GATHER_MS = 500
/** A flush that has not begun by then died with its request: the next request begins another. */
const GIVEN_UP_AFTER_MS = 5000
/** About 400 bytes each. */
const WAITING_MOST = 5000
const REMEMBERED_MOST = 20_000
/** One call's worth: a turn of a few ms. */
const AT_A_TIME = 500

interface Waiting {
  storeId: string
  exposure: Exposure
}

let waiting: Waiting[] = []
let flushExpectedBy = 0
let dropped = 0
/** What this isolate has told lately, so that a visitor's tenth page asks no object. The objects count once anyway. */
const told = new Set<string>()

/** Counts that this visitor has been shown these. Returns at once; safe to repeat. Forced ones are not counted. */
export function countExposures(c: Asked, visitorId: string, shown: readonly Shown[]): void {
  const { storeId, clock } = c.var.visit
  const at = clock.now()
  for (const { experiment, variation, isForced } of shown) {
    if (isForced) continue
    const exposure = { experimentId: experiment.id, visitorId, variation, at }
    const name = nameOf({ storeId, exposure })
    if (told.has(name)) continue
    if (waiting.length >= WAITING_MOST) dropped += 1
    else {
      remember(name)
      waiting.push({ storeId, exposure })
    }
  }
  if (waiting.length === 0 || at < flushExpectedBy) return
  flushExpectedBy = at + GATHER_MS + GIVEN_UP_AFTER_MS
  c.executionCtx.waitUntil(flushSoon(c.env))
}

async function flushSoon(env: Env): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
  flushExpectedBy = 0
  const taken = waiting
  waiting = []
  await Promise.all(batchesOf(taken).map((batch) => tell(env, batch)))
  if (dropped > 0) warn('exposures_dropped', dropped, 'too many at once')
  dropped = 0
}

/** By the object that counts them. */
function batchesOf(taken: readonly Waiting[]): Waiting[][] {
  const byObject = Map.groupBy(taken, ({ storeId, exposure }) => `${storeId} ${experimentShardOf(exposure.visitorId)}`)
  return [...byObject.values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / AT_A_TIME) }, (_, i) => all.slice(i * AT_A_TIME, (i + 1) * AT_A_TIME)),
  )
}

async function tell(env: Env, batch: readonly Waiting[]): Promise<void> {
  const { storeId, exposure } = batch[0]!
  try {
    const desk = experimentDesk(env, storeId, experimentShardOf(exposure.visitorId))
    await desk.exposed(batch.map((one) => one.exposure))
    report(env, batch)
  } catch (thrown) {
    // Forgotten here, so that the visitor's next page tells it anew.
    for (const one of batch) told.delete(nameOf(one))
    warn('exposures_not_told', batch.length, String(thrown).slice(0, 300))
  }
}

/** Where an Analytics Engine dataset is bound as EXPOSURES, each goes there too, for the merchant's own questions. */
function report(env: Env, batch: readonly Waiting[]): void {
  const dataset = (env as { EXPOSURES?: AnalyticsEngineDataset }).EXPOSURES
  for (const { storeId, exposure } of dataset ? batch : []) {
    const { experimentId, visitorId, variation, at } = exposure
    dataset?.writeDataPoint({ indexes: [experimentId], blobs: [storeId, visitorId], doubles: [variation, at] })
  }
}

function remember(name: string): void {
  if (told.size >= REMEMBERED_MOST) told.clear()
  told.add(name)
}

const nameOf = ({ storeId, exposure: { experimentId, visitorId, variation } }: Waiting): string =>
  `${storeId} ${experimentId} ${visitorId} ${variation}`

const warn = (kind: string, count: number, what: string): void =>
  console.warn(JSON.stringify({ level: 'warn', kind, count, what }))
