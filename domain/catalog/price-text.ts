/**
 * Prices as people and spreadsheets write them, to minor units. Never through a float: 69.99 * 100 is 6998.999….
 */
import { minorDigits } from '../basics/money.ts'

/**
 * Minor units, or null for what is no price: `69.99`, `1,299.00`, `1.299,00`, `12`, `€ 5`, `5 EUR`. A lone comma before
 * exactly three digits is a thousands mark, unless the currency has three decimals. More decimals than the currency has
 * are refused unless they are zeros, and so is `1.299`: nobody knows which of the two it means.
 */
export function parsePrice(text: string, currency: string): number | null {
  const bare = text
    .trim()
    .replace(/^[€$£¥]\s*|\s*[€$£¥]$/g, '')
    .replace(new RegExp(`^${currency}\\s*|\\s*${currency}$`, 'i'), '')
  if (!/^\d[\d., ']*$/.test(bare)) return null
  const tight = bare.replace(/[ ']/g, '')
  const digits = minorDigits(currency)
  const last = Math.max(tight.lastIndexOf('.'), tight.lastIndexOf(','))
  const mark = last === -1 ? '' : tight[last]!
  const after = last === -1 ? '' : tight.slice(last + 1)
  const once = mark !== '' && tight.indexOf(mark) === last
  const both = tight.includes('.') && tight.includes(',')
  const grouped = mark === ',' && once && !both && after.length === 3 && digits !== 3
  const isDecimal = once && !grouped
  const grouping = isDecimal ? tight.slice(0, last) : tight
  // Groups are of three and of one mark, or there are none: `1.2.3` is a date or a version.
  if (!/^\d+$|^\d{1,3}(?:\.\d{3})+$|^\d{1,3}(?:,\d{3})+$/.test(grouping)) return null
  const whole = grouping.replace(/[.,]/g, '')
  const fraction = isDecimal ? after : ''
  if (!/^\d*$/.test(fraction)) return null
  if (!/^0*$/.test(fraction.slice(digits))) return null
  const amount = Number(whole + fraction.slice(0, digits).padEnd(digits, '0'))
  return amount <= PRICE_MAX ? amount : null
}

/** Nothing is sold for nothing: the payment provider takes no payment of 0. In minor units. */
export const PRICE_MIN = 1
/** A hundred million in a currency with two decimals; more is a mistake of the spreadsheet's. */
export const PRICE_MAX = 10_000_000_000
