/** A shop in plain values, for tests of the pages: nothing here has been near a database. */
import type { BasketHold, HeldLine, OrderView } from '../../domain/message/order-book.ts'
import { artworkUrl, ARTWORK_HEIGHT, ARTWORK_WIDTH } from './artwork.ts'
import type {
  CardView,
  CheckoutView,
  DrawPageView,
  DropPageView,
  Frame,
  HomeView,
  ImageView,
  PlaceView,
  ProductView,
  RoomNow,
  RoomView,
} from './views.ts'

export const NOON = Date.UTC(2026, 10, 20, 12, 0, 0)

export const frame: Frame = {
  store: {
    name: 'Halden',
    tagline: 'Small runs of good things, sold fairly.',
    locale: 'en',
    currency: 'EUR',
  },
  navigation: [
    { slug: 'sneakers', title: 'Sneakers' },
    { slug: 'ceramics', title: 'Ceramics' },
    { slug: 'lamps', title: 'Lamps' },
    { slug: 'posters', title: 'Posters' },
    { slug: 'records', title: 'Records' },
    { slug: 'books', title: 'Books' },
  ],
  now: NOON,
  origin: 'https://shop.example',
}

export const image = (slug: string, alt: string, view = 1): ImageView => ({
  url: artworkUrl(slug, { view }),
  alt,
  width: ARTWORK_WIDTH,
  height: ARTWORK_HEIGHT,
})

const card = (slug: string, title: string, note: string, amount: number, more: Partial<CardView> = {}): CardView => ({
  slug,
  title,
  note,
  image: image(slug, title),
  price: { amount, currency: 'EUR' },
  pricesVary: false,
  compareAt: null,
  band: 'available',
  drop: null,
  ...more,
})

export const cards: CardView[] = [
  card('night-runner-sneaker', 'Night Runner', 'Sneakers', 14_900, { pricesVary: true }),
  card('harbour-vase', 'Harbour Vase', 'Ceramics', 6_800, { band: 'few_left' }),
  card('low-tide-lamp', 'Low Tide', 'Lamps', 21_000, { compareAt: { amount: 26_000, currency: 'EUR' } }),
  card('quarter-circle-poster', 'Quarter Circle', 'Posters', 3_900),
  card('signal-record', 'Signal, 12-inch', 'Records', 2_800, { band: 'sold_out' }),
  card('field-notebook', 'Field Notebook', 'Books', 1_800),
  card('bent-tube-chair', 'Bent Tube', 'Chairs', 48_000),
  card('market-tote', 'Market Tote', 'Totes', 3_400, { compareAt: { amount: 26_000, currency: 'EUR' } }),
]

export const drop: DropPageView = {
  slug: 'first-light',
  title: 'First Light',
  status: 'scheduled',
  opensAt: NOON + 65_000,
  endsAt: null,
  description: 'Sixty hand-numbered pairs in dawn colours. When they are gone they are gone.',
  image: image('first-light-runner', 'A pair of sneakers in dawn colours'),
  products: cards.slice(0, 3),
  unitsPerVisitorMax: 2,
  isAgain: false,
  room: null,
  standing: 'outside',
  asksCode: false,
}

export const roomNow: RoomNow = {
  phase: 'line',
  admittedThrough: 934,
  waiting: 8000,
  admissionsPerMinute: 30,
  unitsPerPass: 1,
  pollAfterMs: 1000,
  jitterMs: 500,
}

export const place: PlaceView = {
  phase: 'line',
  position: 1234,
  lot: '6f1c0d2e9b7a48538812a1b2c3d4e5f6',
  estimate: { fromS: 480, toS: 740 },
  chance: 'uncertain',
  calledUntil: null,
}

/** A room as it is in a state: the same place, a little further. */
export const room = (
  more: Partial<Omit<RoomView, 'drop'>> & { status?: RoomView['drop']['status'] } = {},
): RoomView => {
  const { status = 'open', ...rest } = more
  return {
    drop: { ...drop, status },
    room: roomNow,
    place,
    unitsLeft: null,
    isTold: true,
    isStaying: false,
    late: 'unasked',
    hasBasket: false,
    mailbox: null,
    challenge: null,
    ...rest,
  }
}

const hex = (pair: string): string => pair.repeat(32)

export const draw: DrawPageView = {
  drop,
  commitment: hex('9c'),
  algorithm: 'onrush-draw-1: key = SHA-256(SHA-256(seed || public_value) || lot), ascending',
  joined: 8214,
  drawnAt: NOON,
  seed: hex('4e'),
  publicValue: hex('b1'),
  root: hex('07'),
  ownLot: place.lot,
}

export const home: HomeView = {
  drop,
  collections: frame.navigation.map(({ slug, title }, i) => ({
    slug,
    title,
    description: `All our ${title.toLowerCase()}`,
    image: image(`${slug}-collection`, ''),
    productCount: 20 + i,
  })),
  fresh: cards,
  popular: cards.toReversed(),
}

export const product: ProductView = {
  slug: 'night-runner-sneaker',
  title: 'Night Runner',
  description:
    '<p>A light shoe for dark mornings. The upper is one piece of recycled mesh, the sole is poured in Porto and can be replaced when you have worn it down.</p><p>Fits true to size. Between two sizes, take the larger.</p>',
  vendor: 'Halden Works',
  images: [1, 2, 3].map((view) => image('night-runner-sneaker', `Night Runner, view ${view}`, view)),
  variants: [
    { sku: 'NR-40', title: 'EU 40', price: { amount: 14_900, currency: 'EUR' }, compareAt: null, band: 'available' },
    { sku: 'NR-41', title: 'EU 41', price: { amount: 14_900, currency: 'EUR' }, compareAt: null, band: 'few_left' },
    { sku: 'NR-42', title: 'EU 42', price: { amount: 14_900, currency: 'EUR' }, compareAt: null, band: 'sold_out' },
    { sku: 'NR-43', title: 'EU 43', price: { amount: 15_900, currency: 'EUR' }, compareAt: null, band: 'available' },
  ],
  collection: { slug: 'sneakers', title: 'Sneakers' },
  drop: null,
  dropState: null,
  isBehindRoom: false,
  unitsPerVisitorMax: 2,
  holdDurationMs: 480_000,
  related: cards.slice(1, 5),
}

const heldLine: HeldLine = {
  sku: 'NR-40',
  units: 2,
  productSlug: 'night-runner-sneaker',
  productTitle: 'Night Runner',
  variantTitle: 'EU 40',
  unitPrice: { amount: 14_900, currency: 'EUR' },
  lineTotal: { amount: 29_800, currency: 'EUR' },
}

export const hold: BasketHold = {
  id: 'hld_01JD4ZZZZZ0000000000000000',
  storeId: 'store_demo',
  visitorId: 'vis_01JD4ZZZZZ0000000000000000',
  lines: [heldLine],
  total: heldLine.lineTotal,
  expiresAt: NOON + 300_000,
  state: 'held',
  orderId: null,
  createdAt: NOON - 180_000,
}

const none = { amount: 0, currency: 'EUR' }

export const order: OrderView = {
  id: 'ord_01JD4ZZZZZ0000000000000000',
  storeId: 'store_demo',
  visitorId: hold.visitorId,
  holdId: hold.id,
  email: 'ana@example.com',
  name: 'Ana',
  shippingAddress: { line1: 'Quay 1', line2: null, city: 'Porto', postalCode: '4000', country: 'PT' },
  lines: [heldLine],
  total: heldLine.lineTotal,
  status: 'accepted',
  failure: null,
  nextActionUrl: null,
  payment: { providerId: null, authorised: none, captured: none, refunded: none },
  refunds: [],
  receiptDocumentId: null,
  locale: 'en',
  storeName: 'Halden',
  orderUrl: 'https://shop.example/orders/ord_01JD4ZZZZZ0000000000000000',
  version: 1,
  createdAt: NOON,
  updatedAt: NOON,
}

export const checkout: CheckoutView = {
  hold,
  pictures: {},
  requestKey: 'checkout-key',
  payments: [
    { id: 'pm_card_visa', title: 'A card that works', note: 'Pays at once.' },
    { id: 'pm_card_chargeDeclined', title: 'A card that is declined', note: 'Nothing is charged.' },
  ],
  countries: ['DE', 'PT', 'FR'],
  filled: { country: 'PT' },
  mistakes: {},
}
