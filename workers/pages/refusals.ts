/** Saying no to a buyer: each refusal of the order book as a sentence, with the facts that help, and never a code. */
import { BrokenPromise } from '../../domain/basics/assert.ts'
import type { BasketRefusal, OrderRefusal } from '../../domain/message/order-book.ts'
import type { RestrictionRefusal } from '../../domain/market/restrictions.ts'
import type { dropNeverOpenTo } from '../../domain/stock/stock.ts'
import type { BasketShapeRefusal } from '../../domain/order/basket.ts'
import { durationInWords, instantInWords } from './words.ts'

/** What a waiting room says before anybody waits; it is of no SKU. */
type NeverOpen = NonNullable<ReturnType<typeof dropNeverOpenTo>>

export interface RefusalWords {
  title: string
  detail: string
  status: number
}

const say = (status: number, title: string, detail: string): RefusalWords => ({ status, title, detail })

/** The refusal in words. `now` is the server's, so that "opens in 42 seconds" is true when it is read. */
export function refusalInWords(
  refusal: BasketRefusal | BasketShapeRefusal | OrderRefusal | NeverOpen | RestrictionRefusal,
  now: number,
  locale: string,
): RefusalWords {
  switch (refusal.code) {
    case 'not_enough_stock':
      return refusal.free <= 0
        ? say(
            409,
            'Sold out, for now',
            'Everything is reserved or sold. Units of abandoned baskets come back, so it is worth another look.',
          )
        : say(
            409,
            `Only ${refusal.free} left`,
            `You asked for ${refusal.requested}. Take ${refusal.free === 1 ? 'the last one' : `${refusal.free} or fewer`}.`,
          )
    case 'purchase_limit_reached':
      return say(
        409,
        `At most ${refusal.limit} for each person`,
        refusal.alreadyTaken === 0
          ? 'Please take fewer.'
          : `You have reserved or bought ${refusal.alreadyTaken} already. Look in your basket.`,
      )
    case 'drop_not_open_yet':
      return say(
        409,
        `Not open yet: ${durationInWords(Math.max(0, refusal.opensAt - now))} to go`,
        `It opens ${instantInWords(refusal.opensAt, locale)}, by our clock, for everybody at once. Nothing is reserved yet.`,
      )
    case 'drop_paused':
      return say(409, 'Paused for a moment', 'We have paused this drop. Nothing is lost; try again in a few seconds.')
    case 'drop_ended':
      return say(409, 'This drop is over', `It ended ${instantInWords(refusal.endedAt, locale)}.`)
    case 'not_in_market':
      return say(
        409,
        'Not sold where you are',
        refusal.country === null
          ? 'This drop is sold in some countries only, and we cannot tell which one you are in. Try without a VPN.'
          : 'This drop is sold in some countries only. Nothing is reserved.',
      )
    case 'country_forbidden_by_law':
      return say(
        451,
        'We may not sell to this country',
        refusal.by === 'address'
          ? 'A law forbids us to send anything there. Nothing was ordered; choose another address.'
          : 'A law forbids us to sell to where you are. You are welcome to look around.',
      )
    case 'country_not_served':
      return say(
        403,
        'We do not sell to this country',
        refusal.by === 'address'
          ? 'We send nothing there yet. Nothing was ordered; choose another address.'
          : 'We do not serve where you are yet. You are welcome to look around.',
      )
    case 'invitation_required':
      return say(
        409,
        'For the invited',
        'This drop is for people with an invitation. Enter your code on its page first.',
      )
    case 'pass_already_used':
      return say(
        409,
        'This turn has been used',
        'A turn is for one reservation, and yours has been made. Look in your basket, or take a new place.',
      )
    case 'pass_required':
      return say(
        409,
        'There is a waiting room',
        'Take your place on the drop’s page; when it is your turn you can reserve.',
      )
    case 'order_limit_reached':
      return say(409, `At most ${refusal.limit} in one order`, `You chose ${refusal.requested}. Please take fewer.`)
    case 'not_for_sale':
    case 'unknown_sku':
      return say(
        refusal.code === 'unknown_sku' ? 404 : 409,
        'Not for sale',
        'This is not on sale at the moment. Nothing is reserved.',
      )
    case 'not_in_drop':
      return say(
        422,
        'Not part of this drop',
        'What you chose is sold outside of the drop. Open its page and reserve it there.',
      )
    case 'mixed_currencies':
      return say(
        422,
        'Two currencies in one basket',
        'These are priced in different currencies. Reserve them one by one.',
      )
    case 'hold_not_found':
      return say(404, 'No such reservation', 'It is not ours, or not yours. Look in your basket.')
    case 'hold_has_ended':
      return say(
        409,
        'The time ran out',
        'Your reservation ended before the order came, and its units went back on sale. Nothing was charged. Reserve again if they are still there.',
      )
    case 'hold_already_ordered':
      return say(409, 'Ordered already', 'There is an order for this reservation. It is not placed twice.')
    case 'basket_empty':
      return say(422, 'Nothing was chosen', 'Choose something first.')
    case 'basket_too_long':
      return say(422, 'Too much at once', `At most ${refusal.linesMax} different things in one basket.`)
    case 'units_out_of_range':
      return say(422, 'How many?', `Choose a whole number from 1 to ${refusal.unitsMax}.`)
    case 'too_many_requests':
      return say(
        429,
        'A little slower, please',
        'That was too much at once. Nothing was done; wait some seconds, then try again.',
      )
    case 'reduced_capacity':
      return say(
        503,
        'We are busy',
        'More people are buying than we can serve at once. Nothing was done; try again in some seconds.',
      )
    case 'idempotency_request_in_flight':
      return say(
        409,
        'Still at it',
        'Your first click is being dealt with. Give it a second, then look in your basket.',
      )
    case 'idempotency_key_reused':
    case 'hold_id_taken':
    case 'too_many_units_taken_back':
    case 'take_back_id_taken':
      return say(409, 'Please try once more', 'This form was sent before with other contents. Nothing was done twice.')
    default:
      return unheardOf(refusal)
  }
}

/** Does not compile while a code has no words here. */
const unheardOf = (refusal: never): never => {
  throw new BrokenPromise(`a refusal without words: ${JSON.stringify(refusal)}`)
}
