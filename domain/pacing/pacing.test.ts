import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ENDPOINTS, type CallReport, type Endpoint, type PermitAnswer } from '../message/pacer-desk.ts'
import { PacerKeeper } from './keeper.ts'
import { MemoryPacerStore } from './memory-store.ts'
import { ALONE_LIMITS, HORIZON_MS, limitsFor, rateMost, STRIPE_LIMITS } from './pace.ts'

const CREATE = 'payment_intents.create'
const GAP_MS = 1000 / rateMost(STRIPE_LIMITS)
const START = Date.UTC(2026, 10, 21, 10)

/** A pacer that can be evicted, asked by a clock that may be wrong; `now` is the true time. */
class Rig {
  now = START
  /** What the pacer's clock is ahead of the true time. */
  ahead = 0
  readonly permits: { endpoint: Endpoint; at: number; askedAt: number }[] = []
  readonly #store = new MemoryPacerStore()
  readonly #clock = { now: () => Math.floor(this.now + this.ahead) }
  #limits = STRIPE_LIMITS
  #names = 0
  keeper = new PacerKeeper(this.#store, this.#clock, this.#limits)

  evict(): void {
    this.keeper = new PacerKeeper(this.#store, this.#clock, this.#limits)
  }

  ask(name = `n${++this.#names}`, endpoint: Endpoint = CREATE): PermitAnswer {
    const [answer] = this.keeper.ask([{ endpoint, name }], [])
    if (answer!.kind === 'go') this.permits.push({ endpoint, at: this.now + answer!.inMs, askedAt: this.now })
    return answer!
  }

  many(count: number, endpoint: Endpoint = CREATE): PermitAnswer[] {
    return Array.from({ length: count }, () => this.ask(undefined, endpoint))
  }

  report(over: Partial<CallReport>): void {
    const none = { endpoint: CREATE, calls: 0, tookMs: 0, refused: 0, retryAfterMs: null, wholeAccount: false } as const
    this.keeper.report([{ ...none, notMade: [], ...over }])
  }

  get rate(): number {
    return this.keeper.pressure().ratePerSecond
  }
}

const gone = (answer: PermitAnswer): boolean => answer.kind === 'go'

/** 30 buyers a second come to a pacer, and come back when they are told to. Answers how many permits they got. */
function crowd(rig: Rig, ms: number, ask = (name: string): PermitAnswer => rig.ask(name)): number {
  const due = new Map<string, number>()
  let permits = 0
  for (const end = rig.now + ms; rig.now < end; rig.now += 25) {
    if (rig.now % 100 < 75) due.set(`buyer-${rig.now}`, rig.now)
    for (const [name, at] of due) {
      if (at > rig.now) continue
      const answer = ask(name)
      if (answer.kind === 'come_back') due.set(name, rig.now + answer.inMs)
      else due.delete(name)
      if (answer.kind === 'go') permits += 1
    }
  }
  return permits
}

describe('permits', () => {
  type Deed =
    | { do: 'ask'; endpoint: Endpoint; count: number; again: boolean }
    | { do: 'pass'; ms: number }
    | { do: 'evict' }
    | { do: 'push back'; retryAfterMs: number | null; wholeAccount: boolean }
    | { do: 'clock'; byMs: number }

  const asking = fc.record({
    do: fc.constant('ask' as const),
    endpoint: fc.constantFrom(...ENDPOINTS.slice(0, 6)),
    count: fc.integer({ min: 1, max: 60 }),
    again: fc.boolean(),
  })
  const passing = fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 5_000 }) })
  const pushing = fc.record({
    do: fc.constant('push back' as const),
    retryAfterMs: fc.option(fc.integer({ min: 1, max: 90_000 })),
    wholeAccount: fc.boolean(),
  })
  const jump = (least: number, most: number) =>
    fc.record({ do: fc.constant('clock' as const), byMs: fc.integer({ min: least, max: most }) })
  const evicting = fc.constant({ do: 'evict' as const })
  const hour = 3_600_000

  function live(deeds: readonly Deed[]): Rig {
    const rig = new Rig()
    for (const deed of deeds) {
      if (deed.do === 'ask')
        for (let i = 0; i < deed.count; i++) rig.ask(deed.again ? `again-${i}` : undefined, deed.endpoint)
      else if (deed.do === 'pass') rig.now += deed.ms
      else if (deed.do === 'evict') rig.evict()
      else if (deed.do === 'clock') rig.ahead += deed.byMs
      else
        rig.report({ endpoint: CREATE, refused: 1, retryAfterMs: deed.retryAfterMs, wholeAccount: deed.wholeAccount })
    }
    return rig
  }

  const instantsOf = ({ permits }: Rig, endpoint: Endpoint): number[] =>
    permits
      .filter((permit) => permit.endpoint === endpoint)
      .map(({ at }) => at)
      .sort((a, b) => a - b)
  const closest = (instants: readonly number[]): number =>
    instants.reduce((least, at, i) => (i === 0 ? least : Math.min(least, at - instants[i - 1]!)), Infinity)

  it('[PCE2] of an endpoint are never closer than its rate allows, whatever happens and however often we crash', () => {
    const deeds = fc.array(fc.oneof(asking, asking, passing, passing, pushing, evicting, jump(-2 * hour, 0)), {
      maxLength: 80,
    })
    fc.assert(
      fc.property(deeds, (life) => {
        const rig = live(life)
        // Two of one gap apart are one window of rate × t + 1; all windows follow. A clock counts whole ms.
        for (const endpoint of ENDPOINTS) expect(closest(instantsOf(rig, endpoint))).toBeGreaterThan(GAP_MS - 1.001)
      }),
      { numRuns: 400, seed: 1 },
    )
  })

  it('[PCE2] of the whole account are never more than a hundred in any second', () => {
    const deeds = fc.array(fc.oneof(asking, asking, passing), { minLength: 20, maxLength: 120 })
    fc.assert(
      fc.property(deeds, (life) => {
        const all = live(life)
          .permits.map(({ at }) => at)
          .sort((a, b) => a - b)
        const spans = all.slice(100).map((at, i) => at - all[i]!)
        expect(Math.min(...spans, Infinity)).toBeGreaterThanOrEqual(1000)
      }),
      { numRuns: 200, seed: 2 },
    )
  })

  it('[PCE2] repeat at most the two seconds ahead of them when a clock jumps forward', () => {
    const deeds = fc.array(fc.oneof(asking, asking, passing, passing, evicting, jump(0, 2 * hour)), { maxLength: 60 })
    const mostAhead = Math.floor(HORIZON_MS / GAP_MS) + 1
    fc.assert(
      fc.property(deeds, (life) => {
        const jumps = life.filter((deed) => deed.do === 'clock' && deed.byMs > 0).length
        const instants = instantsOf(live(life), CREATE)
        instants.forEach((from, i) => {
          const inTheNextTenSeconds = instants.slice(i).filter((at) => at < from + 10_000).length
          expect(inTheNextTenSeconds).toBeLessThanOrEqual(10_000 / GAP_MS + 1 + jumps * mostAhead)
        })
      }),
      { numRuns: 200, seed: 3 },
    )
  })

  it('[PCE2] come as fast as allowed while somebody asks, after any fault', () => {
    const deeds = fc.array(fc.oneof(asking, passing, pushing, evicting, jump(-hour, hour)), { maxLength: 40 })
    fc.assert(
      fc.property(deeds, (life) => {
        const rig = live(life)
        crowd(rig, 60_000) // the longest silence
        crowd(rig, 60_000) // the way back to the full rate
        const full = 60 * rateMost(STRIPE_LIMITS)
        expect(crowd(rig, 60_000)).toBeGreaterThan(full * 0.97)
      }),
      { numRuns: 6, seed: 4 },
    )
  })

  it('[PCE2] are given for two seconds ahead, each with its instant, and to the others a time to come back', () => {
    const answers = new Rig().many(60)
    const now = answers.filter(gone)
    expect(now.slice(0, 3).map(({ inMs }) => Math.round(inMs))).toEqual([0, 43, 87])
    expect(now).toHaveLength(46)
    expect(answers.slice(now.length).every(({ inMs }) => inMs >= 500)).toBe(true)
  })
})

describe('the rate', () => {
  it('[PCE3] falls to seven tenths when the provider pushes back, once for all refusals of a second', () => {
    const rig = new Rig()
    rig.ask()
    rig.report({ refused: 9 })
    rig.report({ refused: 1 })
    expect(rig.rate).toBeCloseTo(23 * 0.7)
    rig.now += 1_000
    rig.report({ refused: 1 })
    expect(rig.rate).toBeCloseTo((23 * 0.7 + 23 * 0.02) * 0.7)
  })

  it('[PCE3] comes back by a fiftieth a second, to where it was and no further', () => {
    const rig = new Rig()
    rig.report({ refused: 1 })
    rig.now += 5_000
    expect(rig.rate).toBeCloseTo(23 * 0.8)
    rig.now += 60_000
    expect(rig.rate).toBe(23)
  })

  it('[PCE3] never falls below one call a second', () => {
    const rig = new Rig()
    for (let i = 0; i < 60; i++, rig.now += 1_000) rig.report({ refused: 1 })
    expect(rig.rate).toBeGreaterThanOrEqual(1)
    expect(gone(rig.ask())).toBe(true)
  })

  it('[PCE3] is nothing while the provider wants silence, a minute at most', () => {
    const rig = new Rig()
    rig.report({ refused: 1, retryAfterMs: 7_000 })
    expect([rig.rate, rig.ask('ana')]).toEqual([0, { kind: 'come_back', inMs: 6_000 }])
    rig.now += 6_000
    expect(rig.ask('ana')).toEqual({ kind: 'go', inMs: 1_000 })
    rig.report({ refused: 1, retryAfterMs: 24 * 3_600_000 })
    rig.now += 60_000
    expect(rig.rate).toBeGreaterThan(0)
  })

  it('[PCE3] falls for every endpoint when the whole account is too fast', () => {
    const rig = new Rig()
    rig.many(2)
    rig.ask('bob', 'payment_intents.capture')
    rig.report({ endpoint: 'payment_intents.capture', refused: 1, wholeAccount: true })
    expect(rig.rate).toBeCloseTo(23 * 0.7)
    rig.now += 60_000
    rig.report({ endpoint: 'payment_intents.capture', refused: 1 })
    expect(rig.rate).toBe(23)
  })

  it('[PCE3] falls when answers take three times as long as usual', () => {
    const rig = new Rig()
    rig.report({ calls: 200, tookMs: 200 * 400 })
    rig.report({ calls: 10, tookMs: 10 * 1_000 })
    expect(rig.rate).toBe(23)
    rig.report({ calls: 10, tookMs: 10 * 3_000 })
    expect(rig.rate).toBeCloseTo(23 * 0.85)
  })

  it('[PCE3] is remembered over an eviction', () => {
    const rig = new Rig()
    rig.report({ refused: 1 })
    rig.evict()
    expect(rig.rate).toBeCloseTo(23 * 0.7)
  })
})

describe('the limits', () => {
  it.each([
    ['25', 25, 100],
    ['100', 100, 400],
    ['', 25, 100],
    ['many', 25, 100],
    ['0', 25, 100],
  ])('[PCE2] of an account that is allowed "%s" calls a second are %i and %i', (text, perEndpoint, perAccount) => {
    expect(limitsFor(text)).toEqual({ perEndpoint, perAccount })
  })
})

describe('the retry budget', () => {
  const through = (rig: Rig, name: string): boolean => {
    rig.now += 2_000
    return gone(rig.ask(name))
  }

  it('[PCE4] lets a tenth of the calls be repeated, and the rest wait', () => {
    const rig = new Rig()
    for (let i = 0; i < 100; i++) expect(through(rig, `first-${i}`)).toBe(true)
    const repeats = Array.from({ length: 40 }, (_, i) => through(rig, `first-${i}`)).filter(Boolean)
    expect(repeats.length).toBeGreaterThanOrEqual(10)
    expect(repeats.length).toBeLessThanOrEqual(5 + 100 * 0.1 + (140 * 2) / 20)
  })

  it('[PCE4] lets a quiet store repeat its only call, sooner or later', () => {
    const rig = new Rig()
    for (let i = 0; i < 6; i++) expect(through(rig, 'ana')).toBe(true)
    rig.now += 2_000
    const { kind, inMs } = rig.ask('ana')
    expect([kind, inMs]).toEqual(['come_back', expect.closeTo(5_000)])
    expect(rig.keeper.pressure().waiting).toBe(1)
    rig.now += 20_000
    expect(through(rig, 'ana')).toBe(true)
  })

  it('[PCE4] is not spent by a call that the provider turned away: that was none', () => {
    const rig = new Rig()
    for (let i = 0; i < 30; i++) {
      expect(through(rig, 'ana')).toBe(true)
      rig.report({ notMade: ['ana'] })
    }
  })

  it('[PCE4] gets back what was paid for a repeat that was not made', () => {
    const rig = new Rig()
    expect(through(rig, 'ana')).toBe(true)
    for (let i = 0; i < 30; i++) {
      expect(through(rig, 'ana')).toBe(true)
      rig.report({ notMade: ['ana'] })
    }
    for (let i = 0; i < 5; i++) expect(through(rig, 'ana')).toBe(true)
    rig.report({ notMade: ['nobody we know'] })
  })

  it('[PCE10] is not spent by somebody else who wants to make the same call, and who waits until it is answered', () => {
    const rig = new Rig()
    const first = rig.ask('ana')
    for (rig.now += 10; rig.now < START + 2_000; rig.now += 10)
      expect(rig.ask('ana')).toEqual({ kind: 'come_back', inMs: START + first.inMs + 2_000 - rig.now })
    expect(rig.keeper.pressure().waiting).toBe(0)
    for (let i = 0; i < 5; i++) expect(through(rig, 'ana')).toBe(true)
  })

  it('[PCE10] knows of no call under way for longer than that, although the clock went back', () => {
    const rig = new Rig()
    rig.ask('ana')
    rig.ahead -= 3_600_000
    const again = rig.ask('ana')
    expect(again.kind === 'go' || again.inMs <= 4_000).toBe(true)
  })

  it('[PCE4] is not spent by asking how something is', () => {
    const rig = new Rig()
    for (let i = 0; i < 50; i++) {
      rig.now += 1_000
      expect(gone(rig.ask('ana', 'payment_intents.retrieve'))).toBe(true)
    }
  })
})

describe('the line', () => {
  it('[PCE5] lets whoever asked first go first: those who come later take no permit from those who wait', () => {
    const rig = new Rig()
    const buyers = Array.from({ length: 200 }, (_, i) => `buyer-${i}`)
    const back = new Map(buyers.map((name) => [name, rig.ask(name)]))
    const served: string[] = [...back].filter(([, answer]) => gone(answer)).map(([name]) => name)
    const due = new Map(
      [...back].filter(([, { kind }]) => kind === 'come_back').map(([name, { inMs }]) => [name, rig.now + inMs]),
    )
    while (due.size > 0) {
      rig.now += 50
      expect(gone(rig.ask(`late-${rig.now}`))).toBe(false) // pushes in, every 50 ms
      for (const [name, at] of due) {
        if (at > rig.now) continue
        const answer = rig.ask(name)
        if (gone(answer)) served.push(name)
        if (gone(answer)) due.delete(name)
        else due.set(name, rig.now + answer.inMs)
      }
    }
    expect(served).toEqual(buyers)
    expect(rig.now - START).toBeLessThan((200 / rateMost(STRIPE_LIMITS)) * 1000)
  })

  it('[PCE5] holds nobody up whose places in front are those of people who have gone', () => {
    const rig = new Rig()
    rig.many(2_000)
    rig.now += HORIZON_MS + 1_100
    expect(gone(rig.ask('ana'))).toBe(true)
  })

  it('[PCE5] keeps the place of whoever comes two minutes after their turn, and no longer', () => {
    const comesBack = (afterMs: number): PermitAnswer => {
      const rig = new Rig()
      rig.many(200)
      rig.ask('ana') // her turn comes in nine seconds
      rig.now += 10_000
      rig.keeper.pressure()
      rig.now += afterMs
      rig.many(2_000)
      return rig.ask('ana')
    }
    expect(comesBack(119_000).inMs).toBeLessThan(HORIZON_MS)
    expect(comesBack(120_001).inMs).toBeGreaterThan(60_000)
  })

  it('[PCE9] counts nobody as waiting who is ten seconds late', () => {
    const rig = new Rig()
    const late = (inMs: number): number => START + inMs + 10_000
    const backs = rig.many(2_000).flatMap((answer) => (gone(answer) ? [] : [answer.inMs]))
    for (const at of [late(backs[0]!), late(backs[999]!), late(backs.at(-1)!)]) {
      rig.now = at
      expect(rig.keeper.pressure().waiting).toBe(
        backs.filter((inMs) => Math.floor(late(inMs)) >= Math.floor(at)).length,
      )
    }
    rig.now += 1
    expect(rig.keeper.pressure()).toMatchObject({ waiting: 0, oldestWaitMs: 0 })
  })

  it('[PCE9] tells how many wait, since when, and how fast it goes, and writes nothing', () => {
    const rig = new Rig()
    expect(rig.keeper.pressure()).toEqual({ ratePerSecond: 23, waiting: 0, oldestWaitMs: 0 })
    const answers = rig.many(150)
    rig.now += 3_000
    const waiting = answers.filter((answer) => !gone(answer)).length
    expect(rig.keeper.pressure()).toEqual({ ratePerSecond: 23, waiting, oldestWaitMs: 3_000 })
  })

  it('[PCE8] is short for a settler alone: two calls a second', () => {
    const rig = new Rig()
    const alone = new PacerKeeper(new MemoryPacerStore(), { now: () => rig.now }, ALONE_LIMITS)
    const permits = crowd(rig, 60_000, (name) => alone.ask([{ endpoint: CREATE, name }], [])[0]!)
    expect(permits).toBeGreaterThan(100)
    expect(permits).toBeLessThanOrEqual(1 + 2 * 62)
  })
})
