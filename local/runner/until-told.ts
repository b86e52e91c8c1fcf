/**
 * Has the objects hear of what the seed left for them in the outbox before the shop says that it is ready: what no object
 * has heard of is shown as for sale and cannot be bought. On a busy machine one turn of the clock may not be enough.
 */
import { Client } from 'pg'

/** Each turn tells some thousands of rows; a longer backlog is left to the clock. */
const TURNS_MAX = 5

export interface Telling {
  /** Runs the cron once. What could not be told in it stays in the outbox. */
  turn: () => Promise<unknown>
  /** Rows of the outbox that wait for an object. */
  untold: () => Promise<number>
  /** Between two turns: what has failed once is due again a second later. */
  pause: () => Promise<unknown>
}

/** Turns until everything is told, a few times at most; answers how many rows are left. Safe to repeat. */
export async function untilTold({ turn, untold, pause }: Telling): Promise<number> {
  for (let turns = 1; ; turns++) {
    await turn()
    const left = await untold()
    if (left === 0 || turns === TURNS_MAX) return left
    await pause()
  }
}

/** How many rows wait for an object, over TCP. What copies of pages look for themselves is not counted. */
export async function countUntold(primaryUrl: string): Promise<number> {
  const client = new Client(primaryUrl)
  await client.connect()
  try {
    const { rows } = await client.query<{ untold: number }>(
      `select count(*)::int as untold from outbox where topic <> 'epoch'`,
    )
    return rows[0]?.untold ?? 0
  } finally {
    await client.end()
  }
}
