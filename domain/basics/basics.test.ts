import { describe, expect, it } from 'vitest'
import { BrokenPromise, assert } from './assert.ts'
import { bookOf, bornAtOf, bucketOf, isId, newId, newIdInBook } from './ids.ts'
import { addMoney, money, timesMoney } from './money.ts'
import { seededRandom } from './random.ts'
import { backoffMs } from './retry.ts'

describe('ids', () => {
  it('[BAS1] say when they were born', () => {
    const bornAt = Date.UTC(2026, 10, 21)
    expect(bornAtOf('vis', newId('vis', bornAt, seededRandom(1)))).toBe(bornAt)
    expect(bornAtOf('ord', newId('vis', bornAt, seededRandom(1)))).toBeUndefined()
  })

  it('[BAS1] sort by birth', () => {
    const dice = seededRandom(1)
    const born = [1, 32, 1_000_000_000_000, 1_800_000_000_000].map((now) => newId('ord', now, dice))
    expect([...born].sort()).toEqual(born)
  })

  it.each([0, 1, 31, 32, 513, 1023])('[BAS2] carry bucket and book %i to whoever holds them', (number) => {
    const id = newIdInBook('hld', { bucket: number, book: 1023 - number }, 1_800_000_000_000, seededRandom(number))
    expect(isId('hld', id)).toBe(true)
    expect([bucketOf('hld', id), bookOf('hld', id)]).toEqual([number, 1023 - number])
  })

  it.each([
    '',
    'hld_',
    'hld_01',
    'ord_01ARZ3NDEKTSV4RRFFQ69G5FAV',
    'hld_81ARZ3NDEKTSV4RRFFQ69G5FAV',
    'hld_01ARZ3NDEKTSV4RRFFQ69G5FAU',
  ])('[BAS3] are told from other text: %j is no hold', (text) => {
    expect(bucketOf('hld', text)).toBeUndefined()
  })
})

describe('money', () => {
  it.each([0.5, Number.NaN, 2 ** 53])('[BAS4] is a whole number of minor units, never %d', (amount) => {
    expect(() => money(amount, 'EUR')).toThrow(BrokenPromise)
  })

  it('[BAS5] never mixes currencies', () => {
    expect(addMoney(money(1, 'EUR'), timesMoney(money(2, 'EUR'), 3))).toEqual({ amount: 7, currency: 'EUR' })
    expect(() => addMoney(money(1, 'EUR'), money(1, 'USD'))).toThrow(BrokenPromise)
  })
})

describe('dice and waiting', () => {
  it('[BAS6] fall the same way for the same seed, and another way for another', () => {
    const throwTen = (seed: number) => {
      const dice = seededRandom(seed)
      return Array.from({ length: 10 }, () => dice.fraction())
    }
    expect(throwTen(7)).toEqual(throwTen(7))
    expect(throwTen(7)).not.toEqual(throwTen(8))
  })

  it('[BAS7] wait longer after each failure, up to a limit, and never all at once', () => {
    const dice = seededRandom(3)
    const waits = [1, 2, 3, 10, 50].map((attempt) => backoffMs(attempt, { firstMs: 100, mostMs: 5_000 }, dice))
    waits.forEach((wait, i) => {
      const step = [100, 200, 400, 5_000, 5_000][i]!
      expect(wait).toBeGreaterThanOrEqual(step / 2)
      expect(wait).toBeLessThanOrEqual(step)
    })
  })

  it('[BAS8] stop the turn when a promise of ours is broken', () => {
    expect(() => assert(false, 'free is never negative')).toThrow('free is never negative')
  })
})
