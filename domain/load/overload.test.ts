/**
 * One server, ten times too many people, in virtual time. Each wants two things one after the other, a hold and an order, and
 * goes away when nobody answers within a few seconds. What counts is what is brought to its end in time.
 */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../basics/random.ts'
import { Gate, type Inside } from './gate.ts'
import { isLetIn, lotOf, type Work } from './priorities.ts'

const PATIENCE_MS = 8_000
const SETTINGS = { start: 800, least: 100, most: 4000, waitMs: { good: 2000, most: 4000 } }
/** What saying no costs the server, and what work costs it. */
const COST_MS = { no: 0.05, hold: 4, order: 6 }
const CAPACITY = 1000 / (COST_MS.hold + COST_MS.order)

interface Task {
  who: string
  work: 'hold' | 'order'
  bornAt: number
  inside: Inside | null
}

/** Purchases a second that were brought to their end in time, of a crowd of so many a second. */
function goodput(perSecond: number, seconds: number, sheds: boolean): { done: number; heldInVain: number } {
  const random = seededRandom(20261121)
  const clock = { at: 0, now: () => clock.at }
  const gate = new Gate(SETTINGS, clock)
  const queue: Task[] = []
  let served = 0
  let next = 0
  let people = 0
  let done = 0
  let inVain = 0
  const arrives = (task: Omit<Task, 'inside'>): void => {
    if (sheds && !isLetIn(task.work satisfies Work, gate.load, lotOf(task.who, clock.at))) {
      clock.at += COST_MS.no
      if (task.work === 'order') inVain += 1
      return
    }
    queue.push({ ...task, inside: gate.enter() })
  }
  while (clock.at < seconds * 1000) {
    while (next <= clock.at) {
      arrives({ who: `vis_${people++}`, work: 'hold', bornAt: next })
      next -= (Math.log(1 - random.fraction()) * 1000) / perSecond
    }
    const task = queue[served]
    if (!task) {
      clock.at = next
      continue
    }
    served += 1
    clock.at += COST_MS[task.work] * (0.5 + random.fraction())
    gate.leave(task.inside!)
    // The server does not know who has gone: it works for them all the same.
    const isGone = clock.at - task.bornAt > PATIENCE_MS
    if (isGone && task.work === 'order') inVain += 1
    if (isGone) continue
    if (task.work === 'hold') arrives({ ...task, work: 'order' })
    else done += 1
  }
  return { done: done / seconds, heldInVain: inVain / seconds }
}

describe('ten times too many', () => {
  it('[LOD6] does at least nine tenths of what it could, and what it began it ends', () => {
    const { done, heldInVain } = goodput(10 * CAPACITY, 20, true)
    // What saying no to nine of ten costs is paid from the same second.
    const possible = CAPACITY * (1 - (9 * CAPACITY * COST_MS.no) / 1000)
    expect(done).toBeGreaterThan(0.9 * possible)
    expect(done).toBeGreaterThan(0.8 * CAPACITY)
    expect(heldInVain).toBeLessThan(0.02 * CAPACITY)
  })

  it('[LOD6] turns nobody away of those it can serve', () => {
    expect(goodput(0.7 * CAPACITY, 20, true).done).toBeGreaterThan(0.69 * CAPACITY)
  })

  it('[LOD6] and without shedding would have brought next to nothing to its end', () => {
    expect(goodput(10 * CAPACITY, 20, false).done).toBeLessThan(0.2 * CAPACITY)
  })
})
