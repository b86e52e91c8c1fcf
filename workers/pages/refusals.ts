/** Saying no to a buyer: each refusal of the order book as a sentence in their language, with the facts that help, and never a code. */
import { BrokenPromise } from '../../domain/basics/assert.ts'
import type { BasketRefusal, OrderRefusal } from '../../domain/message/order-book.ts'
import type { RestrictionRefusal } from '../../domain/market/restrictions.ts'
import type { dropNeverOpenTo } from '../../domain/stock/stock.ts'
import type { BasketShapeRefusal } from '../../domain/order/basket.ts'
import { numberInWords, said, wordsFor } from './languages/index.ts'
import type { Words } from './languages/words.ts'
import { durationInWords, instantInWords } from './words.ts'

/** What a waiting room says before anybody waits; it is of no SKU. */
type NeverOpen = NonNullable<ReturnType<typeof dropNeverOpenTo>>

export interface RefusalWords {
  title: string
  detail: string
  status: number
}

/** The refusal in words. `now` is the server's, so that "opens in 42 seconds" is true when it is read. */
export function refusalInWords(
  refusal: BasketRefusal | BasketShapeRefusal | OrderRefusal | NeverOpen | RestrictionRefusal,
  now: number,
  locale: string,
): RefusalWords {
  const words = wordsFor(locale).refusals
  const say = (
    status: number,
    which: keyof Words['refusals'],
    facts: Readonly<Record<string, string | number>> = {},
  ) => {
    const slots = Object.fromEntries(
      Object.entries(facts).map(([name, fact]) => [
        name,
        typeof fact === 'number' ? numberInWords(fact, locale) : fact,
      ]),
    )
    const [title, detail] = words[which]
    return { status, title: said(title, slots), detail: said(detail, slots) }
  }
  switch (refusal.code) {
    case 'not_enough_stock': {
      const { free, requested } = refusal
      if (free <= 0) return say(409, 'soldOut')
      return say(409, free === 1 ? 'lastLeft' : 'fewLeft', { free, requested })
    }
    case 'purchase_limit_reached': {
      const { limit, alreadyTaken: taken } = refusal
      return taken === 0 ? say(409, 'limit', { limit }) : say(409, 'limitTaken', { limit, taken })
    }
    case 'drop_not_open_yet': {
      const left = durationInWords(Math.max(0, refusal.opensAt - now), locale)
      return say(409, 'notOpen', { left, time: instantInWords(refusal.opensAt, locale) })
    }
    case 'drop_paused':
      return say(409, 'paused')
    case 'drop_ended':
      return say(409, 'ended', { time: instantInWords(refusal.endedAt, locale) })
    case 'not_in_market':
      return say(409, refusal.country === null ? 'marketUnknown' : 'market')
    case 'country_forbidden_by_law':
      return say(451, refusal.by === 'address' ? 'lawAddress' : 'law')
    case 'country_not_served':
      return say(403, refusal.by === 'address' ? 'notServedAddress' : 'notServed')
    case 'invitation_required':
      return say(409, 'invited')
    case 'pass_already_used':
      return say(409, 'passUsed')
    case 'pass_required':
      return say(409, 'passNeeded')
    case 'order_limit_reached':
      return say(409, 'orderLimit', { limit: refusal.limit, requested: refusal.requested })
    case 'not_for_sale':
      return say(409, 'notForSale')
    case 'unknown_sku':
    case 'market_not_found': // pages name no market, so nobody reads it here
      return say(404, 'notForSale')
    case 'not_in_drop':
      return say(422, 'notInDrop')
    case 'mixed_currencies':
      return say(422, 'currencies')
    case 'hold_not_found':
      return say(404, 'noHold')
    case 'hold_has_ended':
      return say(409, 'holdOver')
    case 'hold_already_ordered':
      return say(409, 'ordered')
    case 'basket_empty':
      return say(422, 'nothing')
    case 'basket_too_long':
      return say(422, 'tooLong', { most: refusal.linesMax })
    case 'units_out_of_range':
      return say(422, 'units', { most: refusal.unitsMax })
    case 'too_many_requests':
      return say(429, 'tooMany')
    case 'reduced_capacity':
      return say(503, 'busy')
    case 'idempotency_request_in_flight':
      return say(409, 'underWay')
    case 'idempotency_key_reused':
    case 'hold_id_taken':
    case 'too_many_units_taken_back':
    case 'take_back_id_taken':
      return say(409, 'again')
    default:
      return unheardOf(refusal)
  }
}

/** Does not compile while a code has no words here. */
const unheardOf = (refusal: never): never => {
  throw new BrokenPromise(`a refusal without words: ${JSON.stringify(refusal)}`)
}
