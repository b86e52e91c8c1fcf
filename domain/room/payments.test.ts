/** The room before a payment provider that is slower than its crowd: it slows down, nobody starves, and it recovers. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Digest } from './bytes.ts'
import { MINUTE, NOON, TestRoom, dropTerms, roomTerms, units } from './testing.ts'

const sha256: Digest = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest())
const CROWD = 2000

/** Everybody comes when called, buys at once, and waits at the provider until it has taken their payment. */
class Sale {
  readonly test: TestRoom
  readonly #line: string[]
  readonly #atProvider: string[] = []
  admitted = 0
  settled = 0

  constructor(room: Partial<ReturnType<typeof roomTerms>>) {
    const terms = roomTerms({ admissionsPerMinute: 6000, ...room })
    this.test = new TestRoom(sha256, { terms: dropTerms({ room: terms }) })
    this.test.stock = units(CROWD * 2)
    const visitors = Array.from({ length: CROWD }, (_, i) => `vis_${i}`)
    visitors.forEach((visitor) => this.test.joins(visitor))
    this.test.now = NOON
    this.test.opens()
    this.#line = visitors.toSorted((a, b) => this.test.position(a)! - this.test.position(b)!)
  }

  get waiting(): number {
    return this.#atProvider.length
  }

  /** The provider takes so many payments in a second, or says so and settles none. Answers how many people came in. */
  second(ratePerSecond: number, settles = true): number {
    const before = this.admitted
    for (const passId of this.#atProvider.splice(0, settles ? ratePerSecond : 0)) {
      this.test.passIs('over', passId)
      this.settled += 1
    }
    this.test.drop.heardPressure({ ratePerSecond, waiting: this.waiting })
    this.test.hears(units(2 * CROWD - this.admitted, this.waiting, this.settled))
    const { admittedThrough } = this.test.drop.now()!.room!
    while (this.admitted < admittedThrough) {
      const answer = this.test.asksForPass(this.#line[this.admitted]!)
      if (!answer.ok) break
      this.test.passIs('used', answer.value.passId)
      this.#atProvider.push(answer.value.passId)
      this.admitted += 1
    }
    this.test.now += 1000
    return this.admitted - before
  }

  pace(): number {
    return this.test.drop.now()!.room!.admissionsPerMinute
  }
}

describe('the room before a slow provider', () => {
  it('[ROM9] lets 2,000 people in as fast as 25 payments a second go, with a short line before the provider', () => {
    const sale = new Sale({ insideMax: CROWD })
    let seconds = 0
    let longest = 0
    for (; sale.settled < CROWD && seconds < 200; seconds++) {
      sale.second(25)
      longest = Math.max(longest, sale.waiting)
    }
    expect(sale.settled).toBe(CROWD)
    expect(seconds).toBeLessThanOrEqual(CROWD / 25 + 20)
    expect(longest).toBeLessThanOrEqual(30 * 25)
  })

  it('[ROM9] is not starved by those inside who wait for their payment: their places are free when their passes end', () => {
    const sale = new Sale({ insideMax: 10, passDurationMs: MINUTE })
    const perMinute = [0, 1, 2, 3].map(() => {
      let cameIn = 0
      for (let second = 0; second < 60; second++) cameIn += sale.second(1, false)
      return cameIn
    })
    expect(sale.settled).toBe(0)
    expect(perMinute[0]).toBe(10)
    expect(Math.min(...perMinute)).toBeGreaterThan(2)
    expect(sale.test.drop.now()!.room!.inside).toBeLessThanOrEqual(10)
  })

  it('[ROM9] recovers with the provider: the line before it is paid off, and the pace is what it was', () => {
    const sale = new Sale({ insideMax: CROWD })
    for (let second = 0; second < 30; second++) sale.second(25)
    const before = sale.pace()
    for (let second = 0; second < 30; second++) sale.second(1)
    expect(sale.pace()).toBeLessThan(before / 10)
    for (let second = 0; second < 60; second++) sale.second(25)
    expect(sale.pace()).toBeGreaterThanOrEqual(0.8 * before)
    for (let second = 0; sale.settled < CROWD && second < 120; second++) sale.second(25)
    expect(sale.settled).toBe(CROWD)
  })
})
