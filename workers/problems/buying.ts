/** Said to whoever buys: holds, orders, payments. */
import type { Answers } from './refusals.ts'

export const BUYING = {
  unknown_sku: {
    status: 404,
    title: 'There is no such SKU.',
    help: 'The SKU is not part of this shop. Read it from `GET /products/{slug}`.',
  },
  not_for_sale: {
    status: 409,
    title: 'This is not for sale at the moment.',
    help: 'The merchant has taken the variant off sale. Nothing is held.',
  },
  drop_not_open_yet: {
    status: 409,
    title: 'The drop has not opened yet.',
    help: 'Come back at `opens_at`; `Retry-After` says in how many seconds.',
    retryAfterMs: ({ opensInMs }) => opensInMs,
  },
  drop_paused: {
    status: 409,
    title: 'The drop is paused.',
    help: 'The merchant has paused the drop; nothing is lost. Poll `GET /drops/{slug}/now` and try again when it is open.',
    retryAfterMs: () => 10_000,
  },
  drop_ended: { status: 409, title: 'The drop has ended.', help: 'It ended at `ended_at` and will not open again.' },
  not_in_market: {
    status: 409,
    title: 'This drop is not sold where you are.',
    help: 'It is sold to `countries`; the request came from `country`, as the network says. `null`: the network could not say, and a drop that names its countries is not sold to a guess.',
  },
  country_forbidden_by_law: {
    status: 451,
    title: 'We may not sell to this country.',
    help: 'A law forbids to sell to `country`: where the request comes from (`by`: network), or where the goods shall go (address). Looking at the shop is free. Choosing another market changes nothing.',
  },
  country_not_served: {
    status: 403,
    title: 'This shop does not sell to this country.',
    help: 'The merchant does not serve `country`: where the request comes from (`by`: network), or where the goods shall go (address). No law forbids it, so this is a 403 and not a 451.',
  },
  invitation_required: {
    status: 409,
    title: 'This drop is for the invited.',
    help: 'Redeem a code by `POST /drops/{drop}/invitations` first, and send the answer’s token as `Onrush-Invitation` or its cookie.',
  },
  pass_required: {
    status: 409,
    title: 'This drop has a waiting room.',
    help: 'Take a place by `POST /drops/{drop}/places`, exchange it for a pass when it is your turn, and send the pass as `Onrush-Pass`.',
  },
  pass_already_used: {
    status: 409,
    title: 'This pass has been used.',
    help: 'A pass lets one basket in. Take a place again for another.',
  },
  order_limit_reached: {
    status: 409,
    title: 'That is more than one order may have of this drop.',
    help: 'One basket may have `limit` units of all SKUs of the drop together; `requested` were asked for.',
  },
  not_enough_stock: {
    status: 409,
    title: 'There are not that many left.',
    help: '`free` units are for sale right now. Ask for fewer; units of abandoned baskets come back.',
  },
  purchase_limit_reached: {
    status: 409,
    title: 'That is more than one buyer may have.',
    help: 'One buyer may take `limit` units; `already_taken` are held or bought already.',
  },
  basket_empty: { status: 400, title: 'There is nothing in this basket.', help: 'Name at least one line.' },
  basket_too_long: {
    status: 400,
    title: 'There are too many different things in this basket.',
    help: 'At most `lines_max` SKUs at once.',
  },
  units_out_of_range: {
    status: 400,
    title: 'That is no number of units one can buy.',
    help: 'From 1 to `units_max` units of one SKU.',
  },
  mixed_currencies: {
    status: 422,
    title: 'A basket has one currency.',
    help: 'The lines are priced in several currencies. Hold them one by one.',
  },
  not_in_drop: {
    status: 422,
    title: 'This SKU is not part of that drop.',
    help: 'Leave `drop` out, or name the drop that offers the SKU.',
  },
  hold_id_taken: {
    status: 409,
    title: 'This hold exists already, for something else.',
    help: 'A hold keeps its visitor and its units for life.',
  },
  hold_not_found: {
    status: 404,
    title: 'There is no such hold.',
    help: 'The id is wrong, or the hold is somebody else’s.',
  },
  hold_has_ended: {
    status: 409,
    title: 'The hold has ended.',
    help: '`end` says how: sold, released or expired. Hold again.',
  },
  hold_already_ordered: {
    status: 409,
    title: 'There is an order for this hold already.',
    help: 'Follow the order `order_id`; a hold is ordered once.',
  },
  order_not_found: {
    status: 404,
    title: 'There is no such order.',
    help: 'The id is wrong, or the order’s secret or the visitor’s cookie is missing. An order that is not yours looks the same.',
  },

  invitation_not_valid: {
    status: 409,
    title: 'This code opens nothing.',
    help: 'It is mistyped, belongs to another drop, or was taken back. Case, dashes and spaces do not matter.',
  },
  invitation_used_up: {
    status: 409,
    title: 'This code has been used.',
    help: 'It was for `uses_max` visitors, and they have redeemed it. A code belongs to whoever enters it first.',
  },
  invitation_has_ended: { status: 409, title: 'This invitation is over.', help: 'Its time ended at `ended_at`.' },
  too_many_wrong_codes: {
    status: 429,
    title: 'Too many wrong codes.',
    help: 'From this visitor or this address. Come back after `Retry-After`.',
    retryAfterMs: ({ retryInMs }) => retryInMs,
  },
} satisfies Partial<Answers>
