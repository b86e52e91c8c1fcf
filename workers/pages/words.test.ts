import { expect, it } from 'vitest'
import { refusalInWords } from './refusals.ts'
import { clockParts, durationInWords, plainText, priceInWords } from './words.ts'

const NOW = Date.UTC(2026, 10, 20, 12, 0, 0)
const words = (refusal: Parameters<typeof refusalInWords>[0]) => refusalInWords(refusal, NOW, 'en')

it('[PAG11] says how long a drop is still closed, by the server’s clock and to the second', () => {
  const { title, status } = words({ code: 'drop_not_open_yet', sku: 'A', opensAt: NOW + 61_500, opensInMs: 61_500 })
  expect(title).toBe('Not open yet: 1 minute and 2 seconds to go')
  expect(status).toBe(409)
})

it('[PAG11] tells sold out from not enough, and says how many are left', () => {
  expect(words({ code: 'not_enough_stock', sku: 'A', requested: 2, free: 0 }).title).toBe('Sold out, for now')
  expect(words({ code: 'not_enough_stock', sku: 'A', requested: 2, free: 1 })).toMatchObject({
    title: 'Only 1 left',
    detail: 'You asked for 2. Take the last one.',
  })
})

it('[PAG11] names the limit and what counts towards it', () => {
  expect(words({ code: 'purchase_limit_reached', sku: 'A', limit: 2, alreadyTaken: 2 })).toMatchObject({
    title: 'At most 2 for each person',
    detail: 'You have reserved or bought 2 already. Look in your basket.',
  })
})

it('[PAG11] says that an ended reservation cost nothing', () => {
  expect(words({ code: 'hold_has_ended', holdId: 'hld_1', end: 'expired' }).detail).toContain('Nothing was charged')
})

it('[PAG11] shows no buyer a code', () => {
  for (const refusal of [
    { code: 'drop_paused', sku: 'A' },
    { code: 'drop_ended', sku: 'A', endedAt: NOW },
    { code: 'not_for_sale', sku: 'A' },
    { code: 'unknown_sku', sku: 'A' },
    { code: 'idempotency_key_reused' },
    { code: 'idempotency_request_in_flight' },
    { code: 'basket_empty' },
  ] as const) {
    const { title, detail } = words(refusal)
    expect(`${title} ${detail}`).not.toMatch(/_/)
    expect(detail).toMatch(/\.$/)
  }
})

it('[WTP7] says no in the language of the page, with its own way of writing numbers and times', () => {
  const opensAt = NOW + 61_500
  const notYet = refusalInWords({ code: 'drop_not_open_yet', sku: 'A', opensAt, opensInMs: 61_500 }, NOW, 'de')
  expect(notYet.title).toBe('Noch nicht offen: noch 1 Minute und 2 Sekunden')
  expect(notYet.detail).toMatch(/^Los geht es 20\. Nov\., 12:01 UTC/)
  const few = refusalInWords({ code: 'not_enough_stock', sku: 'A', requested: 1200, free: 1100 }, NOW, 'de')
  expect([few.title, few.detail]).toEqual(['Nur noch 1.100 da', 'Sie wollten 1.200. Nehmen Sie 1.100 oder weniger.'])
})

it('[PAG12] writes prices in the currency’s own minor units', () => {
  expect(priceInWords({ amount: 5998, currency: 'EUR' }, 'en')).toBe('€59.98')
  expect(priceInWords({ amount: 5998, currency: 'JPY' }, 'en')).toBe('¥5,998')
  expect(priceInWords({ amount: 5998, currency: 'KWD' }, 'en')).toContain('5.998')
})

it('[PAG12] counts up a started second, so that zero means over', () => {
  expect(clockParts(1)).toEqual([0, 0, 0, 1])
  expect(clockParts(0)).toEqual([0, 0, 0, 0])
  expect(clockParts(-5)).toEqual([0, 0, 0, 0])
  expect(clockParts(90_061_000)).toEqual([1, 1, 1, 1])
  expect(durationInWords(90_061_000, 'en')).toBe('1 day and 1 hour')
  expect(durationInWords(0, 'en')).toBe('0 seconds')
  expect(durationInWords(125_000, 'fr')).toBe('2 minutes et 5\u00a0secondes')
})

it('[PAG12] takes the tags out of a description, and leaves its words', () => {
  expect(plainText('<p>Salt &amp; <b>pepper</b></p><p>mill</p>')).toBe('Salt & pepper mill')
})
