import { describe, expect, it } from 'vitest'
import { aMarket } from '../domain/market/testing.ts'
import { DEFAULT_SETTINGS } from '../domain/store/store.ts'
import { sayable } from './sayable.ts'

const spoken = (...languages: string[]): string[] =>
  sayable({
    ...{ id: 's', name: '', currency: 'EUR', hostnames: [], settings: DEFAULT_SETTINGS, orderBooks: [4] },
    ...{ jurisdiction: null, markets: [aMarket({ languages })] },
  }).markets[0]!.languages

describe('a market out of a database', () => {
  it.each([['en_US'], ['deutsch-und-mehr'], ['x'], [''], ['de-u-co-phonebk'], ['en-'], ['🙂']])(
    '[GEO15] speaks its other languages where %j is none',
    (bad) => {
      expect(spoken('de-AT', bad, 'fr')).toEqual(['de-AT', 'fr'])
      expect(spoken(bad)).toEqual(['en'])
    },
  )

  it('[GEO15] speaks as it was written where all are languages', () => {
    expect(spoken('en-GB', 'es', 'zh-Hant-TW')).toEqual(['en-GB', 'es', 'zh-Hant-TW'])
  })
})
