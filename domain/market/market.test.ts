import { iso31661 } from 'iso-3166'
import { describe, expect, it } from 'vitest'
import type { Product, Variant } from '../catalog/product.ts'
import { alternatesOf } from './alternates.ts'
import { isChargeable, problemsOfMarket, type Market } from './market.ts'
import { languageIn, marketOf, type Asking } from './placing.ts'
import { productIn } from './pricing.ts'
import { restrictionOf } from './restrictions.ts'
import { aMarket } from './testing.ts'

const COUNTRIES = iso31661.filter(({ state }) => state === 'assigned').map(({ alpha2 }) => alpha2)
const eu = aMarket()
const us = aMarket({ key: 'us', countries: ['US'], currency: 'USD', languages: ['en'], taxDisplay: 'excluded' })
const rest = aMarket({ key: 'rest', countries: [], languages: ['fr'], isDefault: true })

const asking = (own: Partial<Asking> = {}): Asking => ({ country: null, choices: [], acceptLanguage: null, ...own })
const keyFor = (own: Partial<Asking>, markets: Market[] = [eu, us, rest]): string | null =>
  marketOf(asking(own), markets).market?.key ?? null

describe('a market', () => {
  it('[GEO1] is found for every country there is', () => {
    expect(COUNTRIES.length).toBe(249)
    for (const country of COUNTRIES) {
      const expected = ['DE', 'AT'].includes(country) ? 'eu' : country === 'US' ? 'us' : 'rest'
      expect(keyFor({ country }), country).toBe(expected)
      const own = aMarket({ key: 'own', countries: [country] })
      expect(keyFor({ country }, [rest, own]), country).toBe('own')
    }
  })

  it.each([null, 'XX', 'T1', '', 'de', 'ZZ', '__proto__'])(
    '[GEO1] is the default one where the network does not know: %s',
    (country) => {
      expect(marketOf(asking({ country }), [eu, us, rest])).toMatchObject({ market: rest, by: 'default' })
      expect(marketOf(asking({ country }), [eu, us])).toEqual({ market: null, language: null, by: 'none' })
      expect(marketOf(asking({ country }), [])).toEqual({ market: null, language: null, by: 'none' })
    },
  )

  it('[GEO1] is the one that the visitor has chosen, before the country and the default', () => {
    expect(marketOf(asking({ country: 'DE', choices: ['us'] }), [eu, us, rest])).toMatchObject({
      market: us,
      by: 'choice',
    })
    expect(keyFor({ country: 'DE', choices: [undefined, 'us', 'rest'] })).toBe('us')
    for (const unknown of ['', 'US', 'constructor', 'gone'])
      expect(keyFor({ country: 'DE', choices: [unknown] })).toBe('eu')
    expect(keyFor({ country: 'DE', choices: ['gone', 'us'] })).toBe('us')
  })

  it('[GEO1] has the countries that may only look, too', () => {
    expect(keyFor({ country: 'CU' }, [aMarket({ restricted: [{ country: 'CU', why: 'law' }] }), rest])).toBe('eu')
  })

  it.each([
    [null, 'de'],
    ['', 'de'],
    ['fr', 'de'],
    ['fr-CH, en;q=0.8, de;q=0.5', 'en'],
    ['DE-AT', 'de'],
    ['en;q=0.2,de;q=0.9', 'de'],
    ['en;q=0, nonsense;;q=1', 'de'],
    ['*', 'de'],
    [`${'x'.repeat(10_000)},en`, 'de'],
  ])('[GEO2] is spoken in the language of its own that is wanted most: %s', (acceptLanguage, language) => {
    expect(languageIn(['de', 'en'], acceptLanguage)).toBe(language)
  })

  it('[GEO2] spells its languages as its operator does', () => {
    expect(languageIn(['de-AT', 'en-GB'], 'en-US')).toBe('en-GB')
  })

  it.each([
    ['a country twice', { countries: ['DE', 'DE'] }, 'countries'],
    ['a language twice', { languages: ['de-AT', 'de'] }, 'languages'],
    ['a country both ways', { restricted: [{ country: 'AT', why: 'law' }] }, 'restricted_countries'],
    [
      'a restriction twice',
      {
        restricted: [
          { country: 'CU', why: 'law' },
          { country: 'CU', why: 'choice' },
        ],
      },
      'restricted_countries',
    ],
    ['a currency that would be charged wrongly', { currency: 'ISK' }, 'currency'],
  ] as const)('[GEO3] is not defined with %s', (_, own, field) => {
    expect(problemsOfMarket(aMarket(own as Partial<Market>))).toMatchObject([{ field }])
    expect(problemsOfMarket(eu)).toEqual([])
  })
})

describe('prices', () => {
  it.each([
    [{ amount: 5120, currency: 'KWD' }, true],
    [{ amount: 5124, currency: 'KWD' }, false],
    [{ amount: 5124, currency: 'EUR' }, true],
    [{ amount: 1, currency: 'JPY' }, true],
  ])('[GEO3] are such as can be charged: %j is %s', (price, can) => expect(isChargeable(price)).toBe(can))

  const eur = (amount: number) => ({ amount, currency: 'EUR' })
  const usd = (amount: number) => ({ amount, currency: 'USD' })
  const plain = { sku: 'A', price: eur(1000), compareAt: eur(1200) } as Variant
  const abroad = { ...plain, sku: 'B', inMarkets: { us: { price: usd(1500), compareAt: null } } } as Variant
  const product = {
    ...{ priceFrom: eur(1000), priceTo: eur(1000), compareAt: eur(1200), variants: [plain, abroad] },
    inMarkets: { us: { priceFrom: usd(1500), priceTo: usd(1500), compareAt: null } },
  } as unknown as Product

  it('[GEO4] are the market’s where the merchant has set them, and else the variant’s own, unconverted', () => {
    const there = productIn(product, us)
    expect(there).toMatchObject({ priceFrom: usd(1500), priceTo: usd(1500), compareAt: null })
    expect(there.variants[0]).toMatchObject({ price: eur(1000), compareAt: eur(1200) })
    expect(there.variants[1]).toMatchObject({ price: usd(1500), compareAt: null })
  })

  it('[GEO4] are the variant’s own without a market, and in a market nobody has priced', () => {
    for (const market of [null, eu, aMarket({ key: 'constructor' })]) {
      expect(productIn(product, market)).toMatchObject({ priceFrom: eur(1000), compareAt: eur(1200) })
      expect(productIn(product, market).variants[1]).toMatchObject({ price: eur(1000) })
    }
  })
})

describe('restrictions', () => {
  const markets = [
    aMarket({ restricted: [{ country: 'CU', why: 'law' }] }),
    aMarket({ ...us, restricted: [{ country: 'CA', why: 'choice' }] }),
  ]

  it('[GEO8] are judged by where the request is from and by where the goods shall go', () => {
    const cuba = { code: 'country_forbidden_by_law', country: 'CU' }
    expect(restrictionOf({ country: 'CU', shipsTo: null }, markets)).toEqual({ ...cuba, by: 'network' })
    expect(restrictionOf({ country: 'DE', shipsTo: 'CU' }, markets)).toEqual({ ...cuba, by: 'address' })
    expect(restrictionOf({ country: 'CA', shipsTo: 'CU' }, markets)).toEqual({ ...cuba, by: 'address' })
    expect(restrictionOf({ country: 'US', shipsTo: 'CA' }, markets)).toEqual({
      ...{ code: 'country_not_served', country: 'CA', by: 'address' },
    })
  })

  it('[GEO8] refuse no other country, and none that is not known', () => {
    for (const country of [...COUNTRIES, null, 'XX', 'T1']) {
      if (country === 'CU' || country === 'CA') continue
      expect(restrictionOf({ country, shipsTo: country }, markets), String(country)).toBeNull()
    }
  })
})

describe('alternates', () => {
  it('[GEO9] name each market in each of its languages once, and the page that decides by itself', () => {
    const gb = aMarket({ key: 'gb', countries: ['GB'], languages: ['en-GB', 'de'] })
    const told = alternatesOf([eu, gb, us], ['en', 'de'])
    expect(told.map(({ hreflang, market, language }) => `${hreflang} ${market} ${language}`)).toEqual([
      'de-DE eu de',
      'de-AT eu de',
      'en-DE eu en',
      'en-AT eu en',
      'en-GB gb en-GB',
      'de-GB gb de',
      'en-US us en',
      'x-default null null',
    ])
  })

  it('[GEO9] promise no language that the page does not exist in', () => {
    const told = alternatesOf([eu, aMarket({ key: 'it', countries: ['IT'], languages: ['it'] })], ['en'])
    expect(told.map(({ hreflang, language }) => `${hreflang} ${language}`)).toEqual([
      ...['en-DE en', 'en-AT en', 'en-IT en', 'x-default null'],
    ])
  })

  it('[GEO9] tell a market of many countries as languages, and none at all without markets', () => {
    const world = aMarket({ key: 'world', countries: COUNTRIES, languages: ['en', 'fr'] })
    expect(
      alternatesOf([world, aMarket({ ...world, key: 'again' })], ['en', 'fr']).map(({ hreflang }) => hreflang),
    ).toEqual([...['en', 'fr', 'x-default']])
    expect(alternatesOf([], ['en'])).toEqual([])
  })
})
