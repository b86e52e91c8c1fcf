/** The pages on which something happens: reserve, basket, checkout, order. */
import { Hono } from 'hono'
import { isId } from '../../domain/basics/ids.ts'
import type { BasketHold, BasketRefusal, HeldLine, OrderRefusal } from '../../domain/message/order-book.ts'
import { restrictionOf, type RestrictionRefusal } from '../../domain/market/restrictions.ts'
import type { BasketShapeRefusal } from '../../domain/order/basket.ts'
import { countryOf } from '../admission/country.ts'
import type { AppEnv, Asked } from '../context.ts'
import { documentLink } from '../document-links.ts'
import { onProductPage } from '../experiments/deciding.ts'
import { orderFor, rememberOrder } from '../order-access.ts'
import { refusalOfNewcomer } from '../middleware/limit/index.ts'
import { knownVisitor, visitorOfKey } from '../visitors.ts'
import { holdsInBasket, putInBasket, takeFromBasket } from './basket-cookie.ts'
import { basketPage } from './basket.tsx'
import { giveBack, holdOf, isLiving, placeOrder, reserve } from './buying.ts'
import { checkoutPage } from './checkout.tsx'
import { buyerIn, newRequestKey, readForm, requestKeyOf, type Filled } from './forms.ts'
import { frameOf, goTo, sent } from './frame.ts'
import { pictureOf, productView } from './from-catalog.ts'
import { orderPage } from './order.tsx'
import { Notice } from './parts/cards.tsx'
import { COUNTRIES, paymentChoices } from './payment-choices.ts'
import { productPage } from './product.tsx'
import { readProduct } from './reading.ts'
import { notFound, refusedAsPage } from './refused.tsx'
import { refusalInWords, type RefusalWords } from './refusals.ts'
import { withItsDrop } from './standing.ts'
import type { Pictures } from './views.ts'

export const buyingPages = new Hono<AppEnv>()

/** How long a basket still tells of a reservation that is over. */
const TELL_OF_ENDED_MS = 30 * 60_000

buyingPages.post('/basket', async (c) => {
  const filled = await readForm(c)
  const key = requestKeyOf(c, filled)
  const visitor = await visitorOfKey(c, key)
  const tooMany = visitor.isNew ? await refusalOfNewcomer(c) : null
  if (tooMany) return refusedAsPage(c, tooMany)
  const lines = [{ sku: filled['sku'] ?? '', units: Number(filled['quantity'] ?? '1') }]
  const held = await reserve(c, visitor.id, { key, lines })
  if (!held.ok) return toldOnProduct(c, filled, held.refusal)
  putInBasket(c, held.value.id)
  return goTo('/basket')
})

/** The product again, with a word above its button that says why not. */
async function toldOnProduct(
  c: Asked,
  filled: Filled,
  refusal: BasketRefusal | BasketShapeRefusal | RestrictionRefusal,
): Promise<Response> {
  const [frame, found] = await Promise.all([frameOf(c), readProduct(c, filled['product'] ?? '').catch(() => null)])
  const words = refusalInWords(refusal, frame.now, frame.store.locale)
  if (found === null) return sent(c, basketPage(frame, [], noticeOf(words)), words.status)
  const [view, touched] = await Promise.all([
    withItsDrop(c, found, productView(found, c.var.visit.store, frame.now)),
    onProductPage(c, found.product.drop?.slug ?? null),
  ])
  return sent(
    c,
    productPage(frame, view, {
      requestKey: newRequestKey(c),
      sku: filled['sku'],
      notice: noticeOf(words),
      touched: touched ?? {},
    }),
    words.status,
  )
}

const noticeOf = ({ title, detail }: RefusalWords) => (
  <Notice tone="bad" title={title}>
    <p>{detail}</p>
  </Notice>
)

buyingPages.get('/basket', async (c) => shownBasket(c))

async function shownBasket(c: Asked, words?: RefusalWords): Promise<Response> {
  const visitorId = await knownVisitor(c)
  const [frame, found] = await Promise.all([
    frameOf(c),
    Promise.all(holdsInBasket(c).map((id) => holdOf(c, visitorId, id))),
  ])
  const holds = found.filter((hold) => hold !== null).filter((hold) => hold.expiresAt > frame.now - TELL_OF_ENDED_MS)
  const pictures = await picturesOf(
    c,
    holds.flatMap(({ lines }) => lines),
  )
  const views = holds.map((hold) => ({ hold, pictures }))
  return sent(c, basketPage(frame, views, words && noticeOf(words)), words?.status ?? 200)
}

buyingPages.post('/basket/:hold/release', async (c) => {
  const hold = await holdOf(c, await knownVisitor(c), c.req.param('hold'))
  if (hold === null) return notFound(c)
  const released = await giveBack(c, hold)
  if (released.ok) {
    takeFromBasket(c, hold.id)
    return goTo('/basket')
  }
  return released.refusal.code === 'hold_already_ordered' ? goTo(`/orders/${released.refusal.orderId}`) : notFound(c)
})

buyingPages.get('/checkout/:hold', async (c) => {
  const hold = await holdOf(c, await knownVisitor(c), c.req.param('hold'))
  if (hold === null) return notFound(c)
  if (hold.orderId !== null) return goTo(`/orders/${hold.orderId}`)
  // The basket says what became of it.
  if (!isLiving(hold, c.var.visit.clock.now())) return goTo('/basket')
  return shownCheckout(c, hold, { filled: { country: addressee(c) }, mistakes: {}, status: 200 })
})

/** Where the buyer most likely wants it sent: to where they are. */
const addressee = (c: Asked): string => shippedTo(c).find((country) => country === countryOf(c)) ?? 'DE'

/** Where this shop sends to. An address elsewhere is no choice of the form, and refused where it comes all the same. */
const shippedTo = (c: Asked): string[] =>
  COUNTRIES.filter((country) => restrictionOf({ country: null, shipsTo: country }, c.var.visit.store.markets) === null)

interface Attempt {
  filled: Filled
  mistakes: Record<string, string>
  status: number
  words?: RefusalWords
}

async function shownCheckout(
  c: Asked,
  hold: BasketHold,
  { filled, mistakes, status, words }: Attempt,
): Promise<Response> {
  const [frame, pictures] = await Promise.all([frameOf(c), picturesOf(c, hold.lines)])
  const view = {
    hold,
    pictures,
    // A form that came back with mistakes has ordered nothing: it keeps its key.
    requestKey: filled['key'] === undefined ? newRequestKey(c) : requestKeyOf(c, filled),
    payments: paymentChoices(c.env),
    countries: shippedTo(c),
    filled,
    mistakes,
  }
  return sent(c, checkoutPage(frame, view, words && noticeOf(words)), status)
}

buyingPages.post('/checkout/:hold', async (c) => {
  const filled = await readForm(c)
  const hold = await holdOf(c, await knownVisitor(c), c.req.param('hold'))
  if (hold === null) return notFound(c)
  const payments = paymentChoices(c.env).map(({ id }) => id)
  const read = buyerIn(filled, { countries: COUNTRIES, payments })
  if (!read.ok) {
    // Sent again after it was ordered: the order is the answer, whatever the fields say now.
    if (hold.orderId !== null) return goTo(`/orders/${hold.orderId}`)
    return shownCheckout(c, hold, { filled, mistakes: read.mistakes, status: 422 })
  }
  const ordered = await placeOrder(c, hold, requestKeyOf(c, filled), read.buyer)
  if (ordered.ok) {
    takeFromBasket(c, hold.id)
    return goTo(`/orders/${ordered.value.id}`)
  }
  return toldOnCheckout(c, hold, filled, ordered.refusal)
})

async function toldOnCheckout(
  c: Asked,
  hold: BasketHold,
  filled: Filled,
  refusal: OrderRefusal | RestrictionRefusal,
): Promise<Response> {
  if (refusal.code === 'hold_already_ordered') return goTo(`/orders/${refusal.orderId}`)
  const { clock } = c.var.visit
  const words = refusalInWords(refusal, clock.now(), 'en')
  return isLiving(hold, clock.now()) && refusal.code !== 'hold_has_ended'
    ? shownCheckout(c, hold, { filled, mistakes: {}, status: words.status, words })
    : shownBasket(c, words)
}

buyingPages.get('/orders/:id', async (c) => {
  const id = c.req.param('id')
  const order = isId('ord', id) ? await orderFor(c, id) : null
  if (order === null) return notFound(c)
  // The link from the letter: its secret moves into a cookie, and out of the address.
  if (c.req.query('secret') !== undefined) {
    await rememberOrder(c, id)
    return goTo(`/orders/${id}`)
  }
  const [frame, pictures] = await Promise.all([frameOf(c), picturesOf(c, order.lines)])
  const { receiptDocumentId } = order
  const receiptUrl = receiptDocumentId === null ? null : await documentLink(c, id, receiptDocumentId)
  return sent(c, orderPage(frame, { order, pictures, eventsUrl: `/api/v1/orders/${id}/events`, receiptUrl }))
})

/** Pictures of what is reserved or ordered. The purchase does not wait for a catalog that is away: then they are drawn. */
async function picturesOf(c: Asked, lines: readonly HeldLine[]): Promise<Pictures> {
  const slugs = [...new Set(lines.map(({ productSlug }) => productSlug))].slice(0, 20)
  const found = await Promise.all(slugs.map((slug) => readProduct(c, slug).catch(() => null)))
  return Object.fromEntries(
    found.flatMap((page, i) =>
      page === null
        ? []
        : [
            [
              slugs[i] ?? '',
              pictureOf(
                page.product.images[0] ?? null,
                page.product.slug,
                page.product.productType,
                page.product.title,
              ),
            ],
          ],
    ),
  )
}
