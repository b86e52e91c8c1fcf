/** Money as people write it: "45,00 €" in German, "€45.00" in English. Minor units become what the currency says. */
import type { Money } from '../../domain/basics/money.ts'

/** A locale nobody knows is no reason to fail: English then. */
export function moneyInWords({ amount, currency }: Money, locale: string): string {
  const format = new Intl.NumberFormat(knownLocale(locale), { style: 'currency', currency })
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  return format.format(amount / 10 ** digits)
}

function knownLocale(locale: string): string {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale)[0] ?? 'en'
  } catch {
    return 'en' // no language tag at all
  }
}
