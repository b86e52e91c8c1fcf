/** The ways to pay that the checkout offers. */
import type { PaymentChoice } from './views.ts'

/**
 * The provider's own test methods (docs.stripe.com/testing), offered only on a laptop and while the key is a test
 * key, with which no real money can move. A live key needs the provider's card form, which this shop does not have yet.
 */
const TEST_CARDS: readonly PaymentChoice[] = [
  { id: 'pm_card_visa', title: 'A card that works', note: 'Visa 4242: authorised, then charged.' },
  {
    id: 'pm_card_authenticationRequired',
    title: 'A card whose bank asks back',
    note: 'You confirm the payment on the bank’s page.',
  },
  {
    id: 'pm_card_chargeDeclined',
    title: 'A card that is declined',
    note: 'Nothing is charged, the units go back on sale.',
  },
  { id: 'pm_card_chargeDeclinedInsufficientFunds', title: 'A card without funds', note: 'Declined for want of money.' },
]

export function paymentChoices({ ENVIRONMENT, STRIPE_SECRET_KEY }: Env): PaymentChoice[] {
  const onLaptop = ENVIRONMENT === 'dev' || ENVIRONMENT === 'test'
  return onLaptop || /^(sk|rk)_test_/.test(STRIPE_SECRET_KEY ?? '') ? [...TEST_CARDS] : []
}

/** Where we send to. ISO 3166-1 alpha-2. */
export const COUNTRIES: readonly string[] =
  'AT AU BE BG CA CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT JP KR LI LT LU LV MT NL NO NZ PL PT RO SE SG SI SK US'.split(
    ' ',
  )
