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
