import { describe, expect, it } from 'vitest'
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

/** A book that answers when it is let, and keeps a list of its calls. */
function book(overloaded?: string) {
  const calls: string[][] = []
  const { promise: open, resolve } = Promise.withResolvers<void>()
  const kept: Promise<unknown>[] = []
  const desk = {
    async hold(one: HoldCommand): Promise<Answered> {
      calls.push([one.visitorId])
      await open
      return soldOut(one)
    },
    async holdAll(all: readonly HoldCommand[]): Promise<HoldOutcome[]> {
      calls.push(all.map(({ visitorId }) => visitorId))
      await open
      return all.map((one) =>
        one.visitorId === overloaded
          ? { fault: { name: 'Fault', message: 'busy', overloaded: true, retryable: false } }
          : { answered: soldOut(one) },
      )
    },
  }
  const asks = (visitorId: string, name = 'book LAMP') =>
    holdTogether(name, command(visitorId), { desk, keep: (lot) => void kept.push(lot) })
  return { calls, kept, asks, answers: resolve }
}

const aTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

describe('holds in company', () => {
  it('[HLD13] go at once when alone, and together while another is on its way; each gets its own answer', async () => {
    const { calls, kept, asks, answers } = book()
    const all = ['ana', 'ben', 'cleo', 'dan'].map((visitor) => asks(visitor))
    expect(calls).toEqual([['ana']])
    await aTurn()
    expect([calls, kept.length]).toEqual([[['ana'], ['ben', 'cleo', 'dan']], 1])
    answers()
    const heard = await Promise.all(all)
    expect(heard.map(({ requestId }) => requestId)).toEqual(['ana', 'ben', 'cleo', 'dan'])
    await asks('eve')
    expect(calls.at(-1)).toEqual(['eve'])
  })

  it('[HLD13] wait for nobody who wants something else', async () => {
    const { calls, asks, answers } = book()
    const all = [asks('ana'), asks('ben'), asks('cleo', 'book MUG'), asks('dan', 'book MUG')]
    await aTurn()
    expect(calls).toEqual([['ana'], ['cleo'], ['ben'], ['dan']])
    answers()
    await Promise.all(all)
  })

  it('[HLD13] share no fault, and a fault stays what it was', async () => {
    const { asks, answers } = book('cleo')
    const all = ['ana', 'ben', 'cleo'].map((visitor) => asks(visitor))
    answers()
    const [ana, ben, cleo] = await Promise.allSettled(all)
    expect([ana?.status, ben?.status]).toEqual(['fulfilled', 'fulfilled'])
    expect(failingOf(cleo?.status === 'rejected' && cleo.reason).kind).toBe('fault')
    expect(cleo).toMatchObject({ reason: { overloaded: true, message: 'busy' } })
  })

  it('[HLD13] travel a hundred at a time', async () => {
    const { calls, asks, answers } = book()
    const all = Array.from({ length: 151 }, (_, i) => asks(`visitor ${i}`))
    await aTurn()
    expect(calls.map((call) => call.length)).toEqual([1, 100, 50])
    answers()
    await Promise.all(all)
  })
})
