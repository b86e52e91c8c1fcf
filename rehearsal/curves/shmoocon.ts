/**
 * ShmooCon: some hundreds of tickets, and well over a thousand people who reload until the page changes.
 *
 * Source: shmoocon.org, the organisers' "round stats" of each sale.
 */
export interface ShmooconRound {
  date: string
  tickets: number
  /** From the opening until the last ticket was held. */
  heldInS: number
  /** Requests a second before the opening, and at most after it; null: not told. */
  before: number | null
  after: number | null
  /** Addresses seen (in one second, where that was told). */
  clients: number | null
}

export const SHMOOCON_ROUNDS: readonly ShmooconRound[] = [
  { date: '2016-12-01', tickets: 650, heldInS: 2.39, before: null, after: null, clients: null },
  { date: '2016-12-10', tickets: 210, heldInS: 1.99, before: null, after: null, clients: null },
  { date: '2017-12-01', tickets: 650, heldInS: 3.26, before: 2_700, after: null, clients: 1_226 },
  { date: '2018-11-01', tickets: 500, heldInS: 6.46, before: 2_400, after: null, clients: null },
  { date: '2019-11-01', tickets: 500, heldInS: 5.08, before: 1_900, after: 3_456, clients: 1_488 },
  { date: '2021-12-01', tickets: 550, heldInS: 10.15, before: 1_360, after: 1_617, clients: 1_597 },
]

/** What is replayed: the most tickets of any round, the traffic of 2021, and all who came then. */
export const SHMOOCON = { tickets: 650, before: 1_360, after: 1_617, clients: 1_597 }

/** The longest it may take until all is held. */
export const SHMOOCON_HELD_WITHIN_MS = 3_000
