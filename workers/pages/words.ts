/** How a page says prices, instants and durations. By Intl, in the store's language; never by hand. */
import type { Money } from '../../domain/basics/money.ts'
import { moneyInWords } from '../../platform/money-in-words.ts'

/** "€59.98". Minor units follow the currency, so yen have none and dinars three. */
export const priceInWords = (price: Money, locale: string): string => moneyInWords(price, locale)

/** "21 Nov, 18:00 UTC": the server does not know the visitor's zone, so it says its own. `exact`: to the second. */
export const instantInWords = (at: number, locale: string, exact = false): string =>
  new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    ...(exact ? { second: '2-digit' } : {}),
    hourCycle: 'h23',
    timeZone: 'UTC',
    timeZoneName: 'short',
  }).format(at)

/** "2 hours and 5 minutes", "1 minute and 20 seconds", "8 seconds": the two largest parts, rounded up to a second. */
export function durationInWords(durationMs: number, locale: string): string {
  const parts = clockParts(durationMs)
  const unitInWords = (unit: string, count: number): string =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
  const said = (['day', 'hour', 'minute', 'second'] as const)
    .map((unit, i) => ({ unit, count: parts[i] ?? 0 }))
    .filter(({ count }) => count > 0)
    .slice(0, 2)
    .map(({ unit, count }) => unitInWords(unit, count))
  return said.length === 0 ? unitInWords('second', 0) : new Intl.ListFormat(locale).format(said)
}

/** Days, hours, minutes and seconds that are left; never negative, and zero only when nothing is left. */
export function clockParts(durationMs: number): [number, number, number, number] {
  const seconds = Math.max(0, Math.ceil(durationMs / 1000))
  return [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
}

/** The words of safe HTML, without its tags: for descriptions that a search engine or a card shows. */
export const plainText = (safeHtml: string): string =>
  safeHtml
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name: string) => ENTITIES[name] ?? ' ')
    .replace(/\s+/g, ' ')
    .trim()

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
