/**
 * What a page needs to know to be drawn, in plain values. Pages fetch nothing: `index.tsx` reads, pages draw. So each
 * page can be looked at, and tested, without a database or an object behind it.
 */
import type { Money } from '../../domain/basics/money.ts'
import type { ProductSort } from '../../domain/catalog/query.ts'
import type { Alternate } from '../../domain/market/alternates.ts'
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

/** What can be told of a drop: its status, and whether "open" means that units have come back. */
export type DropState = DropStatus | 'again'

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

/** A drop on its own page. */
export interface DropPageView extends DropView {
  /** It was sold out, and units have come back. */
  isAgain: boolean
  room: RoomNow | null
  /** The reader has a place in the room, or has been let in. */
  standing: 'outside' | 'waiting' | 'inside'
  /** Where a presale code can be given. */
  asksCode: boolean
  /** What the reader did before the opening; missing: nothing, and nothing is to be said. */
  early?: EarlyView
}

export interface EarlyView {
  /** A code that came with the address, to be sent by a press: looking at a link redeems nothing. */
  code: string
  invited: { opensAt: number; endsAt: number | null } | null
  chosen: ChosenLine[]
  /** Whether the reader may hold now, as far as this page knows. */
  mayReserve: boolean
  requestKey: string
  notice?: { title: string; detail: string } | undefined
}

export interface ChosenLine {
  sku: string
  units: number
  title: string
  productSlug: string
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
  /** How its drop stands as a whole; null: it is in none. */
  dropState: DropState | null
  /** Its drop has a waiting room, and the reader has not been let in. */
  isBehindRoom: boolean
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

/** What everybody may know of a drop's waiting room this second (`GET /drops/{slug}/now`). */
export interface RoomNow {
  phase: 'before' | 'drawing' | 'line' | 'closed'
  /** Positions up to this one have been called. */
  admittedThrough: number
  waiting: number
  admissionsPerMinute: number
  /** What one admission takes of the stock on average. */
  unitsPerPass: number
  pollAfterMs: number
  jitterMs: number
}

/** The reader's own place. */
export interface PlaceView {
  phase: 'draw' | 'line' | 'called' | 'missed' | 'inside' | 'used' | 'left' | 'closed'
  /** Null until it is drawn. */
  position: number | null
  /** Their lot in the draw, in hex. */
  lot: string | null
  estimate: { fromS: number; toS: number } | null
  chance: Chance | null
  /** ms since the epoch, exclusive. */
  calledUntil: number | null
}

export interface ChallengeView {
  /** Scheme and host of its script. */
  host: string
  siteKey: string
}

/** What can honestly be said: enough for all before, perhaps, hardly. */
export type Chance = 'good' | 'uncertain' | 'small'

export interface RoomView {
  drop: DropMark & { image: ImageView }
  room: RoomNow
  place: PlaceView | null
  /** Null: many, or not known. */
  unitsLeft: number | null
  /** There are streams of events here; without, the page asks. */
  isTold: boolean
  /** The reader has said that they wait for units that come back. */
  isStaying: boolean
  /** Of a reader who was called and did not come: has asked to be let in all the same, or was told that it is over. */
  late: 'unasked' | 'asking' | 'over'
  /** A basket was chosen before the opening: going in reserves it. */
  hasBasket: boolean
  /** How far the reader has come in showing that a mailbox is theirs; null: nobody is asked for one. */
  mailbox: MailboxView | null
  /** Joining needs an answer to a bot challenge. */
  challenge: ChallengeView | null
  /** What the last attempt was told. */
  notice?: { title: string; detail: string } | undefined
}

/** An address is asked for, or a letter is under way to it, or what stood in the letter is at hand. */
export type MailboxView = { step: 'ask' } | { step: 'sent' } | { step: 'proven'; proof: string }

/** What is published of a draw: a promise before it, everything after it. All in hex. */
export interface DrawPageView {
  drop: DropMark
  commitment: string
  algorithm: string
  joined: number
  drawnAt: number | null
  seed: string | null
  publicValue: string | null
  root: string | null
  /** The reader's own lot, when they took part. */
  ownLot: string | null
}

/** What surrounds every page. */
export interface Frame {
  store: StoreView
  navigation: LinkView[]
  /** The server's clock when the page was drawn, in ms. */
  now: number
  /** Scheme and host, for canonical addresses. */
  origin: string
  /** Missing: the store has no markets, and says nothing of them. */
  market?: MarketView
}

/** The market a page is drawn for, and the way to the others. */
export interface MarketView {
  /** Null: none of the store's markets. */
  key: string | null
  taxDisplay: 'included' | 'excluded' | null
  choices: { key: string; name: string; currency: string; languages: string[] }[]
  /** What was chosen outright; empty: as the browser wants. */
  language: string
  alternates: Alternate[]
  /** What the address says of the market (`?market=us`), for its canonical form; empty: nothing. */
  inAddress: string
  /** Where to go back to after another market was chosen. */
  back: string
}
