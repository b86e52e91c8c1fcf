/**
 * The work behind the answers: holds it back while something else is measured, and waits until it is done, for the next
 * round must not pay for this one's. How many orders a second were settled meanwhile is noted.
 */
import type { Shop } from '../local/runner/shop.ts'

const LOOK_EVERY_MS = 200
/** Queues may be empty for a moment between two steps of an order. */
const CALM_LOOKS = 6
const PATIENCE_MS = 180_000
/** Fewer orders than this say nothing about a rate. */
const ORDERS_LEAST = 50

const rates: number[] = []

/** While `work` runs no queue delivers: on the platform consumers run on other machines, here on the same thread. */
export async function withConsumersAway<Result>(shop: Shop, work: () => Promise<Result>): Promise<Result> {
  await shop.holdQueues(true)
  try {
    return await work()
  } finally {
    await shop.holdQueues(false)
  }
}

/** Resolves when no queue holds anything any more: orders are paid, recorded, and their letters sent. */
export async function settled(shop: Shop): Promise<void> {
  const before = await captures(shop)
  const startedAt = performance.now()
  let busyAt = startedAt
  for (let calm = 0; calm < CALM_LOOKS;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    const waiting = Object.values(await shop.queues()).reduce((sum, { messages }) => sum + messages, 0)
    calm = waiting === 0 ? calm + 1 : 0
    if (waiting > 0) busyAt = performance.now()
    if (busyAt - startedAt > PATIENCE_MS) throw new Error(`${waiting} messages are left after ${PATIENCE_MS} ms.`)
  }
  const orders = (await captures(shop)) - before
  if (orders >= ORDERS_LEAST) rates.push(orders / ((busyAt - startedAt) / 1000))
}

/** One sentence about how fast orders were settled when nothing else was asked; empty when there were too few. */
export function settling(): string {
  if (rates.length === 0) return ''
  const sorted = rates.toSorted((a, b) => a - b)
  const [least, middle, most] = [sorted[0]!, sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!]
  return (
    `With nobody at the door, ${middle.toFixed(0)} orders a second were settled to the end (${least.toFixed(0)} to ` +
    `${most.toFixed(0)}): claimed, authorised, committed, captured, recorded in Postgres, receipt drawn, mail sent.`
  )
}

const captures = async (shop: Shop): Promise<number> => (await shop.stripe.control()).counters.captures
