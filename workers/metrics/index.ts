/**
 * Everything a store tells Prometheus: what its objects know from their rows, and what the isolate that answers has counted.
 * Nobody who is slow is waited for: whoever does not answer is a gap and is counted as silent.
 */
import { Questions } from '../../durable-objects/board/ask-all.ts'
import type { DropLive } from '../../domain/message/drop-desk.ts'
import { listDrops } from '../../platform/postgres/drops.ts'
import { judgeSometimes } from '../alerts/watching.ts'
import { cacheStats } from '../cache-desk.ts'
import type { Asked } from '../context.ts'
import { dropDesk } from '../desks.ts'
import { lookAtJobs } from '../job-look.ts'
import { limitStats } from '../limit-desk.ts'
import { database } from '../sessions.ts'
import { dropFamilies } from './drop-families.ts'
import { exposition, type Family } from './exposition.ts'
import { isolateFamilies } from './isolate-families.ts'
import { jobFamilies } from './job-families.ts'

/** More drops than anybody has under way at a time; each is one question. */
const DROPS_WATCHED = 10

/** The store's metrics as text. Never rejects because something does not answer. */
export async function metrics(c: Asked): Promise<string> {
  const { storeId, clock } = c.var.visit
  const [look, { drops, silent }] = await Promise.all([lookAtJobs(c.env, storeId, clock), dropsSeen(c)])
  judgeSometimes(c, look)
  return exposition([
    ...jobFamilies(look),
    ...dropFamilies(drops),
    ...isolateFamilies(cacheStats(c), limitStats(c)),
    silence(silent),
  ])
}

async function dropsSeen(c: Asked): Promise<{ drops: DropLive[]; silent: string[] }> {
  const { storeId, clock } = c.var.visit
  const listing = new Questions(clock)
  const now = clock.now()
  const listed = listing.add('database', () => listDrops(database(c).read(), storeId, now, DROPS_WATCHED * 2))
  await listing.askAll()
  const current = (listed.answer ?? []).filter(({ endsAt }) => endsAt === null || now < endsAt).slice(0, DROPS_WATCHED)
  const asking = new Questions(clock)
  const seen = current.map(({ id, slug }) => asking.add(`drop ${slug}`, () => dropDesk(c.env, storeId, id).live()))
  await asking.askAll()
  return {
    drops: seen.flatMap(({ answer }) => answer ?? []),
    silent: [...listing.silent, ...asking.silent],
  }
}

const silence = (silent: readonly string[]): Family => ({
  name: 'metrics_silent',
  help: 'Sources that did not answer in time for this look; their series are missing from it.',
  type: 'gauge',
  samples: [{ labels: {}, value: silent.length }],
})
