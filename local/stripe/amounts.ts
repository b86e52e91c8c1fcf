/** Currencies and the least that Stripe charges in each (docs.stripe.com/currencies, "Minimum and maximum charge amounts"). */
import { invalid, type ApiRefusal } from './answers.ts'

const KNOWN = new Set(Intl.supportedValuesOf('currency').map((code) => code.toLowerCase()))

const LEAST: Record<string, number> = {
  aed: 200,
  czk: 1500,
  dkk: 250,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  jpy: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  pln: 200,
  ron: 200,
  sek: 300,
  thb: 1000,
}
const LEAST_ELSEWHERE = 50

/** Stripe documents lower case; a stand-in that let capitals pass would hide the mistake. */
export function currencyProblem(currency: string): ApiRefusal | null {
  return KNOWN.has(currency)
    ? null
    : invalid(`Invalid currency: ${currency}. Send a three-letter ISO code in lower case.`, undefined, 'currency')
}

export function amountProblem(amount: number, currency: string): ApiRefusal | null {
  const least = LEAST[currency] ?? LEAST_ELSEWHERE
  return amount >= least
    ? null
    : invalid(`Amount must be at least ${least} ${currency} (in minor units)`, 'amount_too_small', 'amount')
}
