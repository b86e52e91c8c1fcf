import { describe, expect, it } from 'vitest'
import { counted, LANGUAGES, numberInWords, preferredLocale, said, waitInWords, wordsFor } from './index.ts'

/** Every sentence of a table, by where it stands. */
function sentences(part: unknown, at = ''): [string, string][] {
  if (typeof part === 'string') return [[at, part]]
  return Object.entries(part as object).flatMap(([name, inner]) => sentences(inner, `${at}.${name}`))
}
const slotsIn = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).toSorted()
const english = new Map(sentences(wordsFor('en')))

describe.each(LANGUAGES)('the words in %s', (language) => {
  const own = sentences(wordsFor(language))

  it('[WTP7] are there for everything that is said, with the same facts in them', () => {
    expect(own.map(([at]) => at)).toEqual([...english.keys()])
    for (const [at, text] of own) expect([at, slotsIn(text)]).toEqual([at, slotsIn(english.get(at) ?? '')])
  })

  it('[WTP7] are translated, and free of codes', () => {
    const same = own.filter(([at, text]) => text.length > 12 && text === english.get(at)).map(([at]) => at)
    expect(language === 'en' ? [] : same.filter((at) => at !== '.common.dropMark')).toEqual([])
    for (const [, text] of own) expect(text).not.toMatch(/_|\bundefined\b/)
  })
})

describe('a language', () => {
  it.each([
    ['de-AT,de;q=0.9,en;q=0.5', 'de-AT'],
    ['pl,fr;q=0.4,es;q=0.8', 'es'],
    ['ES-mx', 'es-MX'],
    ['pl-PL,pl', 'en'],
    ['de;q=0,fr;q=0.1', 'fr'],
    ['*', 'en'],
    ['', 'en'],
    [null, 'en'],
    ['en-GB, de', 'en-GB'],
    ['constructor,__proto__', 'en'],
    ['de-1, de', 'de'],
    ['de,'.repeat(10_000), 'de'],
  ])('[WTP7] is the one the browser likes best of those we speak: “%s” is %s', (asked, locale) => {
    expect(preferredLocale(asked, 'en')).toBe(locale)
  })

  it('[WTP7] writes numbers, counts and waits in its own way', () => {
    expect(numberInWords(12_345, 'en')).toBe('12,345')
    expect(numberInWords(12_345, 'de')).toBe('12.345')
    expect(waitInWords({ fromS: 480, toS: 740 }, 'en')).toBe('8–13 minutes')
    expect(waitInWords({ fromS: 480, toS: 740 }, 'de')).toBe('8–13 Minuten')
    expect(waitInWords({ fromS: 4000, toS: 9000 }, 'fr')).toBe('1–2,5\u00a0heures')
    expect(waitInWords({ fromS: 5, toS: 40 }, 'es')).toBeNull()
    expect(counted('fr', wordsFor('fr').drop.limit, 1)).toBe('1 article au plus par personne.')
  })

  it('[WTP7] leaves a slot that nobody fills to be seen', () => {
    expect(said('{a} and {b}', { a: '1' })).toBe('1 and {b}')
  })
})
