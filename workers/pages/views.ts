/**
 * What a page needs to know to be drawn, in plain values. Pages fetch nothing: `index.tsx` reads, pages draw. So each
 * page can be looked at, and tested, without a database or an object behind it.
 */
import type { Money } from '../../domain/basics/money.ts'
import type { ProductSort } from '../../domain/catalog/query.ts'
import type { BasketHold, OrderView } from '../../domain/message/order-book.ts'

export interface StoreView {
  name: string
  tagline: string
  /** BCP 47; speaks in dates and prices, and in `lang`. */
  locale: string
  currency: string
}

export interface LinkView {
  slug: string
  title: string
}

export interface ImageView {
  url: string
  alt: string
  width: number
  height: number
}

/** How much is left, as roughly as we dare to say it. The hold decides; this may be some seconds old. */
export type Band = 'available' | 'few_left' | 'sold_out'

export type DropStatus = 'scheduled' | 'open' | 'paused' | 'sold_out' | 'ended'

export interface DropMark {
  slug: string
  title: string
  status: DropStatus
  /** ms since the epoch; inclusive: at this instant it is open. */
  opensAt: number
}

export interface CardView {
  slug: string
  title: string
  /** One short line under the title: the maker or the collection. */
  note: string
  image: ImageView
  /** The lowest of its variants' prices. */
  price: Money
  pricesVary: boolean
  /** What it cost before, when the merchant says so. */
  compareAt: Money | null
  band: Band
  drop: DropMark | null
}

export interface CollectionCard extends LinkView {
  description: string
  image: ImageView
  productCount: number | null
}

export interface DropView extends DropMark {
  /** Safe HTML. */
  description: string
  endsAt: number | null
  image: ImageView
  products: CardView[]
  /** Null: each product says its own. */
  unitsPerVisitorMax: number | null
}

export interface HomeView {
  drop: DropView | null
  collections: CollectionCard[]
  fresh: CardView[]
  popular: CardView[]
}

export interface ShelfView {
  cards: CardView[]
  nextCursor: string | null
  sort: ProductSort
  inStockOnly: boolean
  isFirstPage: boolean
}

export interface CollectionView extends ShelfView {
  collection: LinkView & { description: string }
}

export interface SearchView extends ShelfView {
  query: string
}

export interface VariantView {
  sku: string
  title: string
  price: Money
  compareAt: Money | null
  band: Band
}

export interface ProductView {
  slug: string
  title: string
  /** Safe HTML, made safe when it was stored (domain/catalog). */
  description: string
  vendor: string
  images: ImageView[]
  variants: VariantView[]
  collection: LinkView | null
  drop: DropMark | null
  unitsPerVisitorMax: number
  holdDurationMs: number
  related: CardView[]
}

/** A way to pay that the checkout offers. Test methods are offered only where no real money can move. */
export interface PaymentChoice {
  id: string
  title: string
  note: string
}

/** A reservation as the basket shows it, with the pictures of its products by slug. */
export interface HoldView {
  hold: BasketHold
  pictures: Pictures
}

export type Pictures = Readonly<Record<string, ImageView>>

export interface CheckoutView extends HoldView {
  requestKey: string
  payments: PaymentChoice[]
  countries: string[]
  filled: Record<string, string>
  /** What was wrong, by the field's name; the empty name speaks of the whole form. */
  mistakes: Record<string, string>
}

export interface OrderPageView {
  order: OrderView
  pictures: Pictures
  eventsUrl: string
  receiptUrl: string | null
}

/** What surrounds every page. */
export interface Frame {
  store: StoreView
  navigation: LinkView[]
  /** The server's clock when the page was drawn, in ms. */
  now: number
  /** Scheme and host, for canonical addresses. */
  origin: string
}
