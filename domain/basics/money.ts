/**
 * Money: a whole number of a currency's minor units (cents, yen, fils). Never a float and never a bare number:
 * 0.1 + 0.2 has cost other shops real money.
 */
import { assert } from './assert.ts'

export interface Money {
  /** Minor units, a safe integer. 5998 EUR is 59.98 euros; 5998 JPY is 5998 yen. */
  amount: number
  /** ISO 4217, upper case. */
  currency: string
}

/**
 * Digits after the point: ISO 4217, as far as the payment provider counts in the same units; two where nothing else is
 * said. (It counts the ariary whole, docs.stripe.com/currencies; those it counts otherwise are not sold in at all.)
 */
const DIGITS: Record<string, number> = {
  ...{ BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, MGA: 0, PYG: 0, RWF: 0, UGX: 0, VND: 0, VUV: 0 },
  ...{ XAF: 0, XOF: 0, XPF: 0 },
  ...{ BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3 },
}

/** How many of a currency's minor units make one of it, as a power of ten. */
export const minorDigits = (currency: string): number => DIGITS[currency] ?? 2

export const money = (amount: number, currency: string): Money => {
  assert(Number.isSafeInteger(amount), `an amount is a whole number of minor units, not ${amount}`)
  return { amount, currency }
}

/** Adds two amounts of one currency; mixing currencies is a bug, not a conversion. */
export const addMoney = (a: Money, b: Money): Money => {
  assert(a.currency === b.currency, `cannot add ${a.currency} and ${b.currency}`)
  return money(a.amount + b.amount, a.currency)
}

export const timesMoney = (price: Money, units: number): Money => money(price.amount * units, price.currency)
