import { describe, expect, it, vi } from 'vitest'
import type { HoldCommand, HoldOutcome } from '../domain/message/order-book.ts'
import { failingOf } from './failures.ts'
import { holdTogether } from './company.ts'

/** Only the visitor matters here. */
const command = (visitorId: string): HoldCommand => ({
  ...{ request: { key: visitorId, fingerprint: '', requestId: visitorId }, storeId: 'store', visitorId },
  admission: { country: null, pass: null, invitation: null },
  ...{ lines: [{ sku: 'LAMP', units: 1 }], drop: null, formerHomes: [] },
})

type Answered = Extract<HoldOutcome, { answered: unknown }>['answered']
const soldOut = ({ visitorId }: HoldCommand): Answered => ({
  decision: { ok: false, refusal: { code: 'not_enough_stock', sku: 'LAMP', requested: 1, free: 0 } },
  ...{ replayed: false, requestId: visitorId },
})

/** A book that answers a call when it is let, and keeps a list of its calls. */
function book(overloaded?: string) {
  const calls: { visitors: string[]; answer: () => void }[] = []
  const kept: Promise<unknown>[] = []
  const called = (visitors: string[]): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    calls.push({ visitors, answer: resolve })
    return promise
  }
  const desk = {
    async hold(one: HoldCommand): Promise<Answered> {
      await called([one.visitorId])
      return soldOut(one)
    },
    async holdAll(all: readonly HoldCommand[]): Promise<HoldOutcome[]> {
      await called(all.map(({ visitorId }) => visitorId))
      return all.map((one) =>
        one.visitorId === overloaded
          ? { fault: { name: 'Fault', message: 'busy', overloaded: true, retryable: false } }
          : { answered: soldOut(one) },
      )
    },
  }
  const name = crypto.randomUUID()
  const asks = (visitorId: string, sku = 'LAMP') =>
    holdTogether(`${name} ${sku}`, command(visitorId), { desk, keep: (lot) => void kept.push(lot) })
  /** Resolves when so many calls have arrived. */
  const arrived = (count: number) => vi.waitUntil(() => calls.length >= count, { timeout: 10_000, interval: 1 })
  return { calls, kept, asks, arrived, visitors: () => calls.map((call) => call.visitors) }
}

describe('holds in company', () => {
  it('[HLD13] go at once when alone, and together when the call before them is back; each gets its own answer', async () => {
    const { calls, kept, asks, arrived, visitors } = book()
    const all = ['ana', 'ben', 'cleo', 'dan'].map((visitor) => asks(visitor))
    expect(visitors()).toEqual([['ana']])
    calls[0]!.answer()
    await arrived(2)
    expect([visitors(), kept.length]).toEqual([[['ana'], ['ben', 'cleo', 'dan']], 1])
    calls[1]!.answer()
    const heard = await Promise.all(all)
    expect(heard.map(({ requestId }) => requestId)).toEqual(['ana', 'ben', 'cleo', 'dan'])
    void asks('eve')
    expect(visitors().at(-1)).toEqual(['eve'])
  })

  it('[HLD13] do not wait for long for a call that takes its time', async () => {
    const { asks, arrived, visitors } = book()
    void asks('ana')
    void asks('ben')
    void asks('cleo')
    await arrived(2)
    expect(visitors()).toEqual([['ana'], ['ben', 'cleo']])
  })

  it('[HLD13] wait for nobody who wants something else', () => {
    const { asks, visitors } = book()
    for (const [visitor, sku] of [
      ['ana', 'LAMP'],
      ['ben', 'LAMP'],
      ['cleo', 'MUG'],
      ['dan', 'MUG'],
    ] as const)
      void asks(visitor, sku)
    expect(visitors()).toEqual([['ana'], ['cleo']])
  })

  it('[HLD13] share no fault, and a fault stays what it was', async () => {
    const { calls, asks, arrived } = book('cleo')
    const all = ['ana', 'ben', 'cleo'].map((visitor) => asks(visitor))
    const settled = Promise.allSettled(all)
    await arrived(2)
    for (const { answer } of calls) answer()
    const [ana, ben, cleo] = await settled
    expect([ana?.status, ben?.status]).toEqual(['fulfilled', 'fulfilled'])
    expect(failingOf(cleo?.status === 'rejected' && cleo.reason).kind).toBe('fault')
    expect(cleo).toMatchObject({ reason: { overloaded: true, message: 'busy' } })
  })

  it('[HLD13] travel a hundred at a time, and no longer wait when they are so many', async () => {
    const { asks, arrived, visitors } = book()
    for (let i = 0; i < 151; i++) void asks(`visitor ${i}`)
    await arrived(2)
    expect(
      visitors()
        .map((call) => call.length)
        .slice(0, 2),
    ).toEqual([1, 100])
    await arrived(3)
    expect(visitors()[2]).toHaveLength(50)
  })
})
