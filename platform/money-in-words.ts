/**
 * Money as people write it: "45,00 €" in German, "€45.00" in English. What a minor unit is says our own table
 * (domain/basics/money.ts) and never Intl: that knows how people write a currency and not how it is counted, and where
 * forints are written without their hundredths it would call 59.98 of them 5,998.
 */
import { minorDigits, type Money } from '../domain/basics/money.ts'

/** A locale nobody knows is no reason to fail: English then. Hundredths that people do not write are left out when none are owed. */
export function moneyInWords({ amount, currency }: Money, locale: string): string {
  const unit = 10 ** minorDigits(currency)
  return formatOf(locale, currency, amount % unit === 0).format(amount / unit)
}

/** "59.98": a plain decimal for machines, without grouping and with a full stop. */
export function moneyAsDecimal({ amount, currency }: Money): string {
  const digits = minorDigits(currency)
  return (amount / 10 ** digits).toFixed(digits)
}

const formats = new Map<string, Intl.NumberFormat>()
/** There are a handful of pairs of language and currency; whoever makes up languages must not fill the memory. */
const FORMATS_MOST = 200

// Making a formatter costs more than the rest of a card.
function formatOf(locale: string, currency: string, isWhole: boolean): Intl.NumberFormat {
  const key = `${locale} ${currency} ${isWhole}`
  const known = formats.get(key)
  if (known !== undefined) return known
  const digits = minorDigits(currency)
  const exact = { minimumFractionDigits: digits, maximumFractionDigits: digits }
  const made = new Intl.NumberFormat(knownLocale(locale), {
    ...{ style: 'currency', currency },
    ...(isWhole ? {} : exact),
  })
  if (formats.size < FORMATS_MOST) formats.set(key, made)
  return made
}

function knownLocale(locale: string): string {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale)[0] ?? 'en'
  } catch {
    return 'en' // no language tag at all
  }
}
