import { beforeEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../basics/random.ts'
import type { PermitGrant, PermitRequest } from '../message/limit-desk.ts'
import { gatherCrowd, mostWithin } from './crowd.ts'
import { LocalPermits } from './local-permits.ts'

const START = 1_000_000
const MINUTELY = { units: 60, windowMs: 60_000, burst: 20 }
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('permits at hand', () => {
  let now = START
  let asked: PermitRequest[] = []
  let says: (request: PermitRequest) => Promise<PermitGrant>
  let local: LocalPermits
  const take = (slack = 0) => local.take({ key: 'k', rate: MINUTELY, slack })
  const grant = (granted: number, retryMs = 0): PermitGrant => ({
    ...{ granted, grantedAt: now, remaining: 7, resetMs: 5000, retryMs },
  })

  beforeEach(() => {
    now = START
    asked = []
    says = async ({ want }) => grant(want)
    const ask = (request: PermitRequest) => (asked.push(request), says(request))
    local = new LocalPermits({ ask, within: (waiting) => waiting }, { now: () => now })
  })

  it('[LIM5] remembers whom it refused until the wait is over, without asking again', async () => {
    says = async () => grant(0, 3000)
    expect(await take()).toMatchObject({ allowed: false, retryMs: 3000 })
    now += 2999
    expect(await take()).toMatchObject({ allowed: false, retryMs: 1 })
    expect(asked).toHaveLength(1)
    now += 1
    await take()
    expect(asked).toHaveLength(2)
  })

  it('[LIM16] asks anew when the clock is set back, and asks for no more than usual', async () => {
    says = async () => grant(0, 3000)
    await take()
    now -= 3_600_000
    await take()
    expect(asked.map(({ want }) => want)).toEqual([1, 2])
    expect((await take()).allowed).toBe(false)
    expect(asked).toHaveLength(2)
  })

  it('[LIM5] asks once for all who come while it asks, and lets in as many as were granted', async () => {
    let answer: (grant: PermitGrant) => void = () => {}
    says = () => new Promise((resolve) => (answer = resolve))
    const first = take()
    const others = [take(), take(), take()]
    answer(grant(1))
    expect((await first).allowed).toBe(true)
    await settle()
    expect(asked.map(({ want }) => want)).toEqual([1, 4])
    answer(grant(2, 1000))
    expect((await Promise.all(others)).map(({ allowed }) => allowed).toSorted()).toEqual([false, true, true])
  })

  it('[LIM5] asks for what a hot key uses while a permit is good, and gives back what it did not use', async () => {
    for (let i = 0; i < 200; i += 1) {
      await take()
      now += 20
    }
    const wanted = asked.at(-1)!.want
    expect(wanted).toBeGreaterThan(20)
    expect(wanted).toBeLessThan(40)
    now += 600
    await take()
    expect(asked.at(-1)!.unused).toMatchObject({ count: expect.any(Number) })
  })

  it('[LIM7] lets the first few in without a question where there is slack, and owes for them', async () => {
    for (let i = 0; i < 10; i += 1) expect(await take(10)).toMatchObject({ allowed: true, remaining: null })
    expect(asked).toEqual([])
    await take(10)
    expect(asked).toMatchObject([{ owed: 10, want: 11 }])
  })

  it('[LIM7] rejects when the judge is away, and still owes', async () => {
    says = () => Promise.reject(new Error('away'))
    for (let i = 0; i < 10; i += 1) await take(10)
    await expect(take(10)).rejects.toThrow('away')
    says = async () => grant(1)
    await take(10)
    expect(asked.at(-1)).toMatchObject({ owed: 10 })
  })

  it('[LIM11] asks anew when whoever asked was cut off', async () => {
    says = () => new Promise(() => {})
    void take()
    now += 1999
    void take()
    expect(asked).toHaveLength(1)
    now += 1
    says = async () => grant(1)
    expect((await take()).allowed).toBe(true)
    expect(asked).toHaveLength(2)
  })

  it('[LIM5] knows ten thousand keys, and forgets the one that was used least lately', async () => {
    for (let i = 0; i < 10_001; i += 1) await local.take({ key: `k${i}`, rate: MINUTELY, slack: 1 })
    await local.take({ key: 'k1', rate: MINUTELY, slack: 1 })
    expect(asked.map(({ key }) => key)).toEqual(['k1'])
    await local.take({ key: 'k0', rate: MINUTELY, slack: 1 })
    expect(asked).toHaveLength(1)
  })
})

describe('fifty isolates and one limit', () => {
  it.each([
    { units: 60, burst: 20, perSecond: 300, seconds: 90, requestsPerCall: 5 },
    { units: 600, burst: 100, perSecond: 500, seconds: 62, requestsPerCall: 5 },
    { units: 60_000, burst: 5000, perSecond: 1200, seconds: 15, requestsPerCall: 5 },
    { units: 60_000, burst: 5000, perSecond: 800, seconds: 15, requestsPerCall: 5 },
  ])('[LIM5] stay within one per cent of it, and ask seldom: %o', async ({ requestsPerCall, ...asked }) => {
    const { units, burst, seconds } = asked
    const rate = { units, windowMs: 60_000, burst }
    const crowd = { ...asked, rate, isolates: 50, callMs: [4, 40] as const, random: seededRandom(20261121), settle }
    const { requests, admittedAt, exactly, calls } = await gatherCrowd(crowd)
    const windows = Math.max(1, seconds / 60)
    expect(Math.abs(admittedAt.length - exactly)).toBeLessThanOrEqual(Math.max(1, 0.01 * units * windows))
    expect(mostWithin(admittedAt, 60_000)).toBeLessThanOrEqual(1.01 * units + burst)
    expect(requests / calls).toBeGreaterThanOrEqual(requestsPerCall)
  })
})
