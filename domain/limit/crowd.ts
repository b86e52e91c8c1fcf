/**
 * Fifty isolates and the one object they share, in virtual time: requests for one key arrive at all of them, calls take
 * their while, and everything is decided by the same code as in production. For tests.
 */
import type { Random } from '../basics/random.ts'
import type { PermitGrant, PermitRequest } from '../message/limit-desk.ts'
import { judge, type Rate } from './gcra.ts'
import { LimitKeeper } from './keeper.ts'
import { LocalPermits } from './local-permits.ts'
import { MemoryLimitStore } from './memory-store.ts'

export interface Crowd {
  rate: Rate
  isolates: number
  /** Requests a second, in all. */
  perSecond: number
  seconds: number
  /** A call to the object and back takes between these, ms. */
  callMs: readonly [least: number, most: number]
  random: Random
  /** Lets everything happen that waits for nothing but its turn. */
  settle: () => Promise<void>
}

export interface Counted {
  requests: number
  /** Let in by the isolates, and when, ms; and what one judge that sees every request would have let in. */
  admittedAt: number[]
  exactly: number
  calls: number
}

export async function gatherCrowd({
  rate,
  isolates,
  perSecond,
  seconds,
  callMs,
  random,
  settle,
}: Crowd): Promise<Counted> {
  const clock = { at: 1_000_000, now: () => Math.floor(clock.at) }
  const start = clock.at
  const keeper = new LimitKeeper(new MemoryLimitStore(), clock)
  const agenda = new Agenda()
  const takesMs = (): number => (callMs[0] + random.fraction() * (callMs[1] - callMs[0])) / 2
  let calls = 0
  const ask = (request: PermitRequest): Promise<PermitGrant> => {
    calls += 1
    return new Promise((resolve) => {
      agenda.add(clock.at + takesMs(), () => {
        const grant = keeper.permits(request)
        agenda.add(clock.at + takesMs(), () => resolve(grant))
      })
    })
  }
  const crowd = Array.from({ length: isolates }, () => new LocalPermits({ ask, within: (waiting) => waiting }, clock))
  const counted: Counted = { requests: 0, admittedAt: [], exactly: 0, calls: 0 }
  let tat: number | undefined
  const arrive = (): void => {
    counted.requests += 1
    const alone = judge(rate, tat, clock.now())
    tat = alone.tat
    if (alone.allowed) counted.exactly += 1
    const isolate = crowd[Math.floor(random.fraction() * isolates)]!
    const taking = isolate.take({ key: 'hot', rate, slack: 0 })
    void taking.then(({ allowed }) => allowed && counted.admittedAt.push(clock.at - start))
    const next = clock.at - (Math.log(1 - random.fraction()) * 1000) / perSecond
    if (next < start + seconds * 1000) agenda.add(next, arrive)
  }
  agenda.add(start, arrive)
  for (let due = agenda.take(); due; due = agenda.take()) {
    clock.at = due.at
    due.happen()
    await settle()
  }
  return { ...counted, calls }
}

/** The most that was let in within any stretch of `ms`. */
export function mostWithin(instants: readonly number[], ms: number): number {
  let from = 0
  let most = 0
  instants.forEach((at, to) => {
    while (instants[from]! <= at - ms) from += 1
    most = Math.max(most, to - from + 1)
  })
  return most
}

interface Due {
  at: number
  happen: () => void
}

/** What is to happen, soonest first. Nearly everything is added near the end, so the place is looked for from there. */
class Agenda {
  readonly #dues: Due[] = []

  add(at: number, happen: () => void): void {
    let place = 0
    while (place < this.#dues.length && this.#dues[place]!.at <= at) place += 1
    this.#dues.splice(place, 0, { at, happen })
  }

  take(): Due | undefined {
    return this.#dues.shift()
  }
}
