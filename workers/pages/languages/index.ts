/**
 * In which language a page speaks, and how it says numbers and lengths of time: by Intl, never by hand. A language more
 * is a table beside `en.ts` and a line here.
 */
import { de } from './de.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import type { Counted, Words } from './words.ts'

const TABLES: Readonly<Record<string, Words>> = { en, de, fr, es }

/** The languages there are words in (ISO 639-1). */
export const LANGUAGES: readonly string[] = Object.keys(TABLES)

/** The words for a locale (BCP 47). English for a language without words of its own. */
export const wordsFor = (locale: string): Words => TABLES[languageIn(locale)] ?? en

const languageIn = (locale: string): string => locale.split('-', 1)[0]?.toLowerCase() ?? ''

/**
 * The locale that a browser likes best and we have words in (RFC 9110 section 12.5.4), with its region, since dates and
 * prices follow that; otherwise `fallback`.
 */
export function preferredLocale(acceptLanguage: string | null, fallback: string): string {
  const wishes = (acceptLanguage ?? '')
    .slice(0, 400)
    .split(',')
    .map((wish) => /^\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2})\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/.exec(wish))
    .flatMap((wish) => (wish?.[1] === undefined ? [] : [{ tag: wish[1], weight: Number(wish[2] ?? 1) }]))
    .filter(({ tag, weight }) => weight > 0 && Object.hasOwn(TABLES, languageIn(tag)))
    .toSorted((one, other) => other.weight - one.weight)
  return canonical(wishes[0]?.tag) ?? fallback
}

/** As Intl spells it; undefined for what only looks like a tag. */
function canonical(tag: string | undefined): string | undefined {
  try {
    return tag === undefined ? undefined : Intl.getCanonicalLocales(tag)[0]
  } catch {
    return undefined
  }
}

/** A sentence with its slots filled. A slot that nobody fills stays, and is seen in a test. */
export const said = (sentence: string, slots: Readonly<Record<string, string>>): string =>
  sentence.replace(/\{(\w+)\}/g, (slot, name: string) => slots[name] ?? slot)

/** A sentence in the plural form of its count, which it may say as `{count}`. */
export function counted(locale: string, sentence: Counted, count: number): string {
  const form = new Intl.PluralRules(locale).select(count)
  return said(sentence[form] ?? sentence.other, { count: numberInWords(count, locale) })
}

/** "1,234", "1.234", "1 234". */
export const numberInWords = (count: number, locale: string): string => new Intl.NumberFormat(locale).format(count)

/** "8–12 minutes": a range in whole minutes, or in hours and halves where it is long. Null: less than a minute. */
export function waitInWords(range: { fromS: number; toS: number }, locale: string): string | null {
  const to = Math.ceil(range.toS / 60)
  if (to <= 1) return null
  const isLong = to >= 120
  const unit = isLong ? 'hour' : 'minute'
  const from = isLong ? Math.floor(range.fromS / 1800) / 2 : Math.floor(range.fromS / 60)
  const until = isLong ? Math.ceil(range.toS / 1800) / 2 : to
  const format = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' })
  return format.formatRange(Math.max(from, isLong ? 0.5 : 1), until)
}
