/**
 * What travels, as schemas: they check what comes in, describe what goes out, and are the OpenAPI document. Objects
 * that come in are strict: a field we do not know is a mistake to be told, not one to be swallowed.
 */
import { z } from '@hono/zod-openapi'
import { imageUrlFrom } from '../domain/catalog/import-item.ts'

/** Text a person wrote: no control letters (Postgres takes no NUL, and a log line no escape), trimmed, not endless. */
export const text = (most: number, least = 1) =>
  z
    .string()
    .trim()
    .min(least)
    .max(most)
    // oxlint-disable-next-line no-control-regex -- naming them is the point
    .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$/, 'must not contain control characters')

export const Instant = z.iso.datetime().openapi({ example: '2026-11-20T10:08:00Z', description: 'RFC 3339, UTC.' })

export const Money = z
  .object({ amount: z.int().openapi({ description: 'Minor units.' }), currency: z.string().length(3) })
  .openapi('Money', { example: { amount: 5998, currency: 'EUR' } })

export const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    request_id: z.string(),
    errors: z.array(z.object({ pointer: z.string(), problem: z.string() })).optional(),
  })
  .openapi('Problem', { description: 'RFC 9457. Further members are the facts of the code; see /docs/problems.' })

export const page = <Row extends z.ZodType>(row: Row) =>
  z.object({ data: z.array(row), next_cursor: z.string().nullable() })

/** 24 rows fill a screen; 100 keep one answer below the size at which it is worth streaming. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(24),
  cursor: z.string().max(1000).optional(),
})

/** Which market's prices are wanted; what is no market of the store says nothing. */
export const MarketQuery = z.object({
  market: z.string().max(60).optional().openapi({
    description:
      'The key of a market (`GET /market`). Left out: the one that the visitor has chosen, else the one of the country that the request comes from, else the default. An answer without it is not for shared caches.',
  }),
})

/** An address that may stand in a page: of the web, or of this shop; never one that runs (`javascript:`). */
export const ImageUrl = z
  .string()
  .max(2000)
  .refine((url) => imageUrlFrom(url) !== null, 'must begin with https://, http:// or one / of this shop')
  .openapi({
    description: 'An https or http address, or a path of this shop.',
    example: 'https://pictures.example/1.jpg',
  })

export const Sku = text(64).openapi({ example: 'RUNNER-42' })
export const Slug = z.string().min(1).max(120).openapi({ example: 'night-runner' })

// Holds

export const BasketLineRequest = z.strictObject({ sku: Sku, quantity: z.int().min(1).max(1000) })

export const HoldRequest = z
  .strictObject({
    drop: Slug.optional().openapi({ description: 'The drop the buyer came through; every line must belong to it.' }),
    lines: z.array(BasketLineRequest).min(1).max(50).optional(),
    market: z.string().max(60).optional().openapi({
      description: 'The market whose prices were shown: those are held. Left out: the market of the request.',
    }),
    basket: z
      .literal('preselected')
      .optional()
      .openapi({ description: 'Instead of `lines`: what was chosen by `PUT /drops/{drop}/basket`.' }),
  })
  .refine(({ lines, basket, drop }) => (basket ? !lines && drop !== undefined : lines !== undefined), {
    message: 'say lines, or drop and basket',
    path: ['lines'],
  })
  .openapi('HoldRequest')

export const HeldLine = z
  .object({
    sku: z.string(),
    quantity: z.int(),
    product_slug: z.string(),
    product_title: z.string(),
    variant_title: z.string(),
    unit_price: Money,
    line_total: Money,
  })
  .openapi('HeldLine')

export const Hold = z
  .object({
    id: z.string().openapi({ example: 'hld_01KAHZ0000000000000000000' }),
    state: z.enum(['reserving', 'held', 'ordered', 'sold', 'released', 'expired']),
    lines: z.array(HeldLine),
    total: Money,
    expires_at: Instant.openapi({ description: 'Exclusive: at this instant the hold is already over.' }),
    order_id: z.string().nullable(),
    created_at: Instant,
  })
  .openapi('Hold')

// Orders

/** What the payment provider makes of a card in the buyer's browser. A card's own number is refused unseen. */
const PAYMENT_TOKEN = /^(pm|card|src|tok)_[A-Za-z0-9_]{1,250}$/

export const Address = z
  .strictObject({
    line1: text(200),
    line2: text(200, 0).nullish(),
    city: text(100),
    postal_code: text(20),
    country: z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code'),
  })
  .openapi('Address')

export const OrderRequest = z
  .strictObject({
    hold_id: z.string().max(64),
    email: z.email().max(254),
    name: text(200).nullish(),
    shipping_address: Address.nullish(),
    payment_method: z
      .string()
      .regex(PAYMENT_TOKEN, 'must be a token of the payment provider, such as pm_…; card data must never be sent here')
      .openapi({
        description: 'The payment provider’s token of a way to pay, never card data.',
        example: 'pm_card_visa',
      }),
  })
  .openapi('OrderRequest')

export const Refund = z
  .object({
    id: z.string(),
    amount: Money,
    reason: z.string().nullable(),
    restock: z.array(z.object({ sku: z.string(), quantity: z.int() })),
    status: z.enum(['pending', 'succeeded', 'failed']),
    created_at: Instant,
  })
  .openapi('Refund')

export const OrderStatus = z.enum([
  'accepted',
  'requires_action',
  'processing',
  'paid',
  'payment_failed',
  'not_available',
  'cancelled',
  'partially_refunded',
  'refunded',
])

export const Order = z
  .object({
    id: z.string().openapi({ example: 'ord_01KAHZ0000000000000000000' }),
    status: OrderStatus,
    hold_id: z.string(),
    email: z.string(),
    name: z.string().nullable(),
    shipping_address: Address.nullable(),
    lines: z.array(HeldLine),
    total: Money,
    failure: z.object({ code: z.string(), message: z.string() }).nullable(),
    next_action_url: z.string().nullable().openapi({ description: 'Where the buyer confirms the payment.' }),
    payment: z.object({ authorised: Money, captured: Money, refunded: Money }),
    refunds: z.array(Refund),
    receipt_url: z.string().nullable(),
    version: z.int(),
    created_at: Instant,
    updated_at: Instant,
  })
  .openapi('Order')

export const AcceptedOrder = Order.extend({
  secret: z.string().openapi({ description: 'Opens this order: as `Authorization: Bearer`, or `?secret=` in a link.' }),
}).openapi('AcceptedOrder')

export const RefundRequest = z
  .strictObject({
    amount: z
      .int()
      .min(1)
      .nullish()
      .openapi({ description: 'Minor units of the order’s currency; left out: all that is left.' }),
    reason: text(500).nullish(),
    restock: z
      .array(z.strictObject({ sku: Sku, quantity: z.int().min(1).max(1000) }))
      .max(50)
      .default([]),
  })
  .openapi('RefundRequest')

export const CancellationRequest = z.strictObject({ reason: text(500).nullish() }).openapi('CancellationRequest')
