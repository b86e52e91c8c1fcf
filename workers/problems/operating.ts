/** Said to operators: catalog, drops, stock, markets, experiments. */
import type { Answers } from './refusals.ts'

export const OPERATING = {
  order_not_refundable: {
    status: 409,
    title: 'This order cannot be refunded.',
    help: 'Only what was paid can go back; `order_status` is where the order stands.',
  },
  order_not_cancellable: {
    status: 409,
    title: 'This order cannot be cancelled any more.',
    help: '`order_status` is where the order stands. A paid order is refunded instead.',
  },
  refund_exceeds_captured: {
    status: 422,
    title: 'That is more than is left to refund.',
    help: 'Of `captured`, `already_refunded` went back already.',
  },
  restock_exceeds_sold: {
    status: 422,
    title: 'More units would come back than were sold.',
    help: 'The order sold `sold` units of this SKU that have not come back yet.',
  },
  too_many_units_taken_back: {
    status: 409,
    title: 'More units would come back than were sold.',
    help: 'Of `sold` units, `taken_back` are for sale again already.',
  },
  take_back_id_taken: {
    status: 409,
    title: 'These units came back already, in other numbers.',
    help: 'A take-back keeps its hold and its units for life. Use a new `Idempotency-Key`.',
  },
  adjustment_exceeds_free: {
    status: 409,
    title: 'There are not that many free units to take away.',
    help: 'Held and sold units belong to buyers. At most `free` can be taken away now; `held` are in baskets and may come back.',
  },
  adjustment_id_taken: {
    status: 409,
    title: 'This adjustment exists already, with other numbers.',
    help: 'Use a new `Idempotency-Key`.',
  },
  drop_not_found: { status: 404, title: 'There is no such drop.', help: 'No drop of this store has that slug or id.' },
  invitation_code_taken: {
    status: 409,
    title: 'The drop has one of these codes already.',
    help: 'A code is in one batch of a drop. Leave out those that are there, or revoke and choose others.',
  },
  experiment_not_found: {
    status: 404,
    title: 'There is no such experiment.',
    help: 'No experiment of this store has that key or id, or it is a draft that never ran.',
  },
  experiment_key_taken: {
    status: 409,
    title: 'There is or was an experiment of that key.',
    help: 'A key decides who sees what, so it is used once. Choose another.',
  },
  experiment_is_settled: {
    status: 409,
    title: 'This experiment has been started.',
    help: 'What decides who sees what stays as it was at the start. Stop it, and define another under a key of its own.',
  },
  experiment_was_stopped: {
    status: 409,
    title: 'This experiment is over.',
    help: 'It was stopped at `stopped_at`, for good: whoever came anew would be counted with those of then. Define another.',
  },
  too_many_experiments: {
    status: 409,
    title: 'There are too many experiments at once.',
    help: 'At most `limit` run in a store. Stop one first.',
  },
  leaves_may_only_grow: {
    status: 409,
    title: 'A running drop keeps its leaves.',
    help: 'It has `leaves`; `requested` would be fewer. Leaves keep buyers’ counts while the drop runs, so there can only be more of them.',
  },
  drop_has_no_room: {
    status: 409,
    title: 'This drop has no waiting room.',
    help: 'There is nobody to admit faster or slower. Give the drop a `room` first, or pause it.',
  },
  sku_not_found: {
    status: 422,
    title: 'There is no such SKU in the catalog.',
    help: 'Put the product into the catalog first; `sku` names the one that is missing.',
  },
  sku_in_another_drop: {
    status: 409,
    title: 'This SKU is in another drop already.',
    help: 'A SKU is in one drop at most. Take it out of `drop` first.',
  },
  slug_taken: { status: 409, title: 'That slug is taken.', help: 'Slugs are unique within a store.' },
  sku_taken: { status: 409, title: 'That SKU is taken.', help: 'A SKU belongs to one variant of one product.' },
  market_not_found: {
    status: 404,
    title: 'There is no such market.',
    help: 'Read them from `GET /market`, as an operator from `GET /admin/markets`. Show the buyer the prices of one that is there.',
  },
  market_key_taken: {
    status: 409,
    title: 'There is a market with this key.',
    help: 'Keys stand in addresses and cookies and never change. Choose another one, or rewrite `market`.',
  },
  country_in_another_market: {
    status: 409,
    title: 'A country is in one market only.',
    help: '`countries` says which country is in which other market, restricted ones included. Take it out there first.',
  },
  too_many_markets: {
    status: 409,
    title: 'There are as many markets as a store may have.',
    help: 'A store has `most` markets at most: every edge has all of them at hand with every request.',
  },
  version_is_older: {
    status: 409,
    title: 'Somebody else changed it in between.',
    help: 'You changed version `expected`; it is at `found` now. Read it again, and apply your change to what you find.',
  },
  product_not_found: {
    status: 404,
    title: 'There is no such product.',
    help: 'No product of this store has that slug.',
  },
  collection_not_found: {
    status: 404,
    title: 'There is no such collection.',
    help: 'No collection of this store has that slug.',
  },
} satisfies Partial<Answers>
