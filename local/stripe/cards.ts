/**
 * The test payment methods: what each card does when it is charged, and what its refunds do.
 * Names and numbers are Stripe's (docs.stripe.com/testing) where Stripe has them; `pm_card_processing` and
 * `pm_card_slow`, with their numbers, are the stand-in's own.
 */
export interface Decline {
  code: string
  declineCode: string | null
  message: string
}

export interface Card {
  number: string
  brand: string
  /** `processing` answers later by itself; `authenticate` sends the visitor to the 3-D-Secure page first. */
  does: 'succeed' | 'processing' | 'authenticate' | 'decline'
  /** Why it declines: at once, or after the visitor has authenticated. */
  decline: Decline | null
  slow: boolean
  refund: 'succeeds' | 'fails_later' | 'succeeds_later'
}

const DECLINED = 'Your card was declined.'
const GENERIC: Decline = { code: 'card_declined', declineCode: 'generic_decline', message: DECLINED }

const card = (number: string, more: Partial<Card> = {}): Card => ({
  number,
  brand: number.startsWith('5') ? 'mastercard' : 'visa',
  does: 'succeed',
  decline: null,
  slow: false,
  refund: 'succeeds',
  ...more,
})

const declining = (number: string, code: string, declineCode: string | null, message: string): Card =>
  card(number, { does: 'decline', decline: { code, declineCode, message } })

export const GENERIC_DECLINE = GENERIC

const TABLE = {
  pm_card_visa: card('4242424242424242'),
  pm_card_mastercard: card('5555555555554444'),
  pm_card_visa_chargeDeclined: card('4000000000000002', { does: 'decline', decline: GENERIC }),
  pm_card_visa_chargeDeclinedInsufficientFunds: declining(
    '4000000000009995',
    'card_declined',
    'insufficient_funds',
    'Your card has insufficient funds.',
  ),
  pm_card_visa_chargeDeclinedLostCard: declining('4000000000009987', 'card_declined', 'lost_card', DECLINED),
  pm_card_visa_chargeDeclinedStolenCard: declining('4000000000009979', 'card_declined', 'stolen_card', DECLINED),
  pm_card_chargeDeclinedExpiredCard: declining('4000000000000069', 'expired_card', null, 'Your card has expired.'),
  pm_card_chargeDeclinedIncorrectCvc: declining(
    '4000000000000127',
    'incorrect_cvc',
    null,
    "Your card's security code is incorrect.",
  ),
  pm_card_chargeDeclinedProcessingError: declining(
    '4000000000000119',
    'processing_error',
    null,
    'An error occurred while processing your card. Try again in a little bit.',
  ),
  pm_card_authenticationRequired: card('4000002760003184', { does: 'authenticate' }),
  pm_card_authenticationRequiredOnSetup: card('4000002500003155', { does: 'authenticate' }),
  pm_card_threeDSecure2Required: card('4000000000003220', { does: 'authenticate' }),
  pm_card_threeDSecureRequiredChargeDeclined: card('4000008400001629', { does: 'authenticate', decline: GENERIC }),
  pm_card_processing: card('4000000000007777', { does: 'processing' }),
  pm_card_slow: card('4000000000008888', { slow: true }),
  pm_card_refundFail: card('4000000000005126', { refund: 'fails_later' }),
  pm_card_pendingRefund: card('4000000000007726', { refund: 'succeeds_later' }),
} satisfies Record<string, Card>

export type CardName = keyof typeof TABLE

/** Every test payment method by its name. */
export const CARDS: Record<CardName, Card> = TABLE

/** Other names that Stripe or its users know the same cards by. */
const ALIASES: Record<string, CardName> = {
  pm_card_chargeDeclined: 'pm_card_visa_chargeDeclined',
  pm_card_chargeDeclinedInsufficientFunds: 'pm_card_visa_chargeDeclinedInsufficientFunds',
  pm_card_chargeDeclinedLostCard: 'pm_card_visa_chargeDeclinedLostCard',
  pm_card_chargeDeclinedStolenCard: 'pm_card_visa_chargeDeclinedStolenCard',
  pm_card_visa_chargeDeclinedExpiredCard: 'pm_card_chargeDeclinedExpiredCard',
  pm_card_visa_chargeDeclinedIncorrectCvc: 'pm_card_chargeDeclinedIncorrectCvc',
  pm_card_visa_chargeDeclinedProcessingError: 'pm_card_chargeDeclinedProcessingError',
  pm_card_threeDSecureRequired: 'pm_card_threeDSecure2Required',
}

const isCardName = (name: string): name is CardName => Object.hasOwn(CARDS, name)

/** The card behind a payment method's name, or null. */
export function cardNamed(name: string): CardName | null {
  if (isCardName(name)) return name
  return Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? null) : null
}

/** The card behind a number; spaces and dashes are ignored. Null for a number that is no test card. */
export function cardNumbered(number: string): CardName | null {
  const digits = number.replaceAll(/[ -]/g, '')
  return Object.keys(CARDS).find((name): name is CardName => isCardName(name) && CARDS[name].number === digits) ?? null
}
