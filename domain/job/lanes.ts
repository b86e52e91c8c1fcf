/**
 * How many jobs of each lane may be under way: told to a queue, or running. The rest wait here as rows, so that a backlog
 * of a hundred thousand is not a hundred thousand messages whose leases end unread.
 *
 * Each lane has places of its own that no other takes, however long its line: that is why bulk never starves. What is
 * left is common, and critical is served from it first. With all three lines long they share about 7 : 2 : 1.
 */
import type { Lane } from '../message/job-desk.ts'
import { LANES } from './job.ts'

/** Under way in one shard at most. With eight shards: more than the consumers of a store run at once. */
export const UNDER_WAY_MOST = 1_000
/** Of them, kept for each lane. */
export const OWN_PLACES: Readonly<Record<Lane, number>> = { critical: 300, default: 200, bulk: 100 }

/** How many more of this lane may be told now, by how many of each lane are under way. */
export function roomIn(lane: Lane, underWay: Readonly<Record<Lane, number>>): number {
  let taken = 0
  for (const other of LANES) {
    taken += other === lane ? underWay[other] : Math.max(underWay[other], OWN_PLACES[other])
  }
  return Math.max(0, UNDER_WAY_MOST - taken)
}
