/** Reads which card a request brings: a test payment method by name, or a test card's number. */
import { invalid, missingResource } from '../answers.ts'
import { cardNamed, cardNumbered, type CardName } from '../cards.ts'
import { newId } from '../ids.ts'
import type { Params } from '../params.ts'
import type { PaymentMethod } from '../records.ts'

/** The method a request brings, or null. `current` may be named again by its id. */
export function readPaymentMethod(params: Params, current: PaymentMethod | null): PaymentMethod | null {
  const name = params.text('payment_method')
  const card = params.group('payment_method_data', readData)
  if (name !== null && name === current?.id) return current
  const found = name === null ? card : cardNamed(name)
  if (name !== null && found === null) params.complain(missingResource('PaymentMethod', name, 'payment_method', 400))
  return found === null ? null : { id: newId('pm'), card: found }
}

function readData(data: Params): CardName | null {
  data.require('type')
  data.choice('type', ['card'])
  data.ignore('billing_details', 'metadata', 'allow_redisplay', 'radar_options')
  return data.group('card', readCard)
}

function readCard(card: Params): CardName | null {
  const [token, number] = [card.text('token'), card.text('number')]
  card.ignore('exp_month', 'exp_year', 'cvc', 'networks')
  const found = number === null ? cardNamed((token ?? '').replace(/^tok_/, 'pm_card_')) : cardNumbered(number)
  if (found === null && number === null) card.complain(invalid('Missing required param: number.', 'parameter_missing'))
  if (found === null && number !== null) {
    card.complain({
      status: 402,
      type: 'card_error',
      code: 'incorrect_number',
      param: 'number',
      message: 'Your card number is incorrect.',
    })
  }
  return found
}
