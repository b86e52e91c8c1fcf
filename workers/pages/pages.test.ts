/** Every page, drawn from plain values and read as a browser, a screen reader and an attacker would read it. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { asset } from './assets.ts'
import { basketPage } from './basket.tsx'
import { checkoutPage } from './checkout.tsx'
import { drawPage } from './draw.tsx'
import { dropPage } from './drop.tsx'
import { brokenPage, busyPage, notFoundPage, refusedPage } from './endings.tsx'
import {
  cards,
  checkout,
  draw as ourDraw,
  drop,
  frame,
  hold,
  home,
  NOON,
  order,
  product,
  room,
  roomNow,
} from './fixtures.ts'
import { homePage } from './home.tsx'
import { orderPage } from './order.tsx'
import { productPage } from './product.tsx'
import { collectionPage, collectionsPage, searchPage } from './shelves.tsx'
import { waitingPage } from './waiting.tsx'
import type { CheckoutView, OrderPageView, ProductView, ShelfView } from './views.ts'

const shelf: ShelfView = { cards, nextCursor: 'next', sort: 'newest', inStockOnly: false, isFirstPage: false }
const sneakers = { slug: 'sneakers', title: 'Sneakers', description: '<p>Shoes.</p>' }
const watched = (more: Partial<OrderPageView['order']> = {}, receiptUrl: string | null = null): OrderPageView => ({
  order: { ...order, ...more },
  pictures: {},
  eventsUrl: `/api/v1/orders/${order.id}/events`,
  receiptUrl,
})

const DRAWN: Record<string, () => unknown> = {
  home: () => homePage(frame, home),
  'home without a drop': () => homePage(frame, { ...home, drop: null }),
  'home of an empty shop': () => homePage(frame, { drop: null, collections: [], fresh: [], popular: [] }),
  collections: () => collectionsPage(frame, home.collections),
  collection: () => collectionPage(frame, { ...shelf, collection: sneakers }),
  search: () => searchPage(frame, { ...shelf, query: 'lamp' }),
  'empty search': () => searchPage(frame, { ...shelf, cards: [], nextCursor: null, query: 'xyz' }),
  product: () => productPage(frame, product, { requestKey: 'key' }),
  'product of a drop': () => productPage(frame, { ...product, drop }, { requestKey: 'key' }),
  'scheduled drop': () => dropPage(frame, drop),
  'open drop': () => dropPage(frame, { ...drop, status: 'open', endsAt: NOON + 3_600_000 }),
  'paused drop': () => dropPage(frame, { ...drop, status: 'paused' }),
  'sold out drop': () => dropPage(frame, { ...drop, status: 'sold_out' }),
  'ended drop': () => dropPage(frame, { ...drop, status: 'ended', endsAt: NOON - 1 }),
  'drop with a waiting room and codes': () => dropPage(frame, { ...drop, room: roomNow, asksCode: true }),
  'drop that is available again': () => dropPage(frame, { ...drop, status: 'open', isAgain: true }),
  'waiting room in line': () => waitingPage(frame, room({ unitsLeft: 12 })),
  'waiting room asking for an address': () => waitingPage(frame, room({ place: null, mailbox: { step: 'ask' } })),
  'waiting room with a letter under way': () => waitingPage(frame, room({ place: null, mailbox: { step: 'sent' } })),
  'waiting room sold out': () => waitingPage(frame, room({ status: 'sold_out' })),
  'draw to come': () => drawPage(frame, { ...ourDraw, drawnAt: null, seed: null, publicValue: null, root: null }),
  'draw that was': () => drawPage(frame, ourDraw),
  basket: () => basketPage(frame, [{ hold, pictures: {} }]),
  'empty basket': () => basketPage(frame, []),
  checkout: () => checkoutPage(frame, checkout),
  'checkout with mistakes': () =>
    checkoutPage(frame, { ...checkout, mistakes: { email: 'Please.', country: 'Please.' } }),
  'order accepted': () => orderPage(frame, watched()),
  'order waiting for the bank': () =>
    orderPage(frame, watched({ status: 'requires_action', nextActionUrl: 'https://bank.example/3ds' })),
  'order paid': () => orderPage(frame, watched({ status: 'paid' }, '/receipt')),
  'order declined': () =>
    orderPage(
      frame,
      watched({ status: 'payment_failed', failure: { code: 'card_declined', message: 'Your card was declined.' } }),
    ),
  'not found': () => notFoundPage(frame),
  broken: () => brokenPage(frame, 'req_1'),
  busy: () => busyPage(frame, 2000),
  'refused by the door': () => refusedPage(frame, 'The body is too large.'),
}

it('[PAG19] offers what is sold out with a quiet button', async () => {
  const [only] = product.variants
  const gone = { ...product, variants: [{ ...only!, band: 'sold_out' as const }] }
  const button = /<button class="([^"]*)" data-reserve/
  const shown = async (view: typeof product) =>
    button.exec(String(await productPage(frame, view, { requestKey: 'key' })))?.[1]?.split(' ') ?? []
  expect(await shown(gone)).toContain('button-quiet')
  expect(await shown(product)).not.toContain('button-quiet')
})

/** As a browser shows it: what lies in templates is not on the page yet. */
const draw = async (name: keyof typeof DRAWN): Promise<string> =>
  String(await DRAWN[name]?.()).replace(/<template\b[\s\S]*?<\/template>/g, '')
const all = (html: string, pattern: RegExp): string[] => [...html.matchAll(pattern)].map(([found]) => found)

describe.each(Object.keys(DRAWN))('the page “%s”', (name) => {
  it('[PAG1] has a language, a title, one heading of the first rank, and landmarks to jump between', async () => {
    const html = await draw(name)
    expect(html).toMatch(/^<!doctype html><html lang="en">/i)
    expect(html).toMatch(/<title>[^<]+<\/title>/)
    expect(all(html, /<h1[ >]/g)).toHaveLength(1)
    for (const landmark of [/<header/g, /<main id="main"/g, /<footer/g]) expect(all(html, landmark)).toHaveLength(1)
    expect(html).toMatch(/<nav aria-label="[^"]+"/)
    expect(html.slice(0, html.indexOf('<header'))).toContain('class="skip" href="#main"')
  })

  it('[PAG2] names every field, every button and every link', async () => {
    const html = await draw(name)
    const labelled = new Set([...html.matchAll(/<label[^>]* for="([^"]+)"/g)].map(([, id]) => id))
    const unwrapped = html.replace(/<label\b(?![^>]*\bfor=)[^>]*>[\s\S]*?<\/label>/g, '')
    for (const field of all(unwrapped, /<(?:input|select|textarea)\b[^>]*>/g)) {
      if (field.includes('type="hidden"')) continue
      expect([...labelled, `unlabelled: ${field}`]).toContain(/ id="([^"]+)"/.exec(field)?.[1])
    }
    for (const [found, inside] of html.matchAll(/<(?:button|a)\b[^>]*>([\s\S]*?)<\/(?:button|a)>/g)) {
      if (found.includes('aria-hidden="true"')) continue
      expect({ found, named: inside?.replace(/<[^>]*>/g, '').trim() !== '' }).toEqual({ found, named: true })
    }
  })

  it('[PAG3] brings no script and no style of its own, so the strict policy holds', async () => {
    const html = await draw(name)
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i)
    for (const script of all(html, /<script[^>]*>/g))
      expect(script).toMatch(/ src="\/assets\/|type="application\/ld\+json"/)
  })

  it('[PAG4] gives the size of every picture, and a text for those that say something', async () => {
    for (const image of all(await draw(name), /<img[^>]*>/g))
      expect(image).toMatch(/alt="[^"]*" width="\d+" height="\d+"/)
  })

  it('[PAG5] uses each id once', async () => {
    const ids = [...(await draw(name)).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(ids).toEqual([...new Set(ids)])
  })
})

const HOSTILE = `</script><script>alert(1)</script>"'><img src=x onerror=alert(1)>`
const hostileProduct: ProductView = {
  ...product,
  title: HOSTILE,
  vendor: HOSTILE,
  images: product.images.map((image) => ({ ...image, alt: HOSTILE, url: `/art/x.svg?"${HOSTILE}` })),
  variants: product.variants.map((variant) => ({ ...variant, title: HOSTILE, sku: HOSTILE })),
  collection: { slug: 'x', title: HOSTILE },
}
const hostileLine = { ...hold.lines[0]!, productTitle: HOSTILE, variantTitle: HOSTILE, sku: HOSTILE }
const hostileCheckout: CheckoutView = {
  ...checkout,
  hold: { ...hold, lines: [hostileLine] },
  requestKey: HOSTILE,
  filled: { email: HOSTILE, name: HOSTILE, line1: HOSTILE },
  mistakes: { email: HOSTILE },
}

it.each([
  [
    'a product',
    () => productPage({ ...frame, store: { ...frame.store, name: HOSTILE } }, hostileProduct, { requestKey: HOSTILE }),
  ],
  ['a search', () => searchPage(frame, { ...shelf, query: HOSTILE })],
  ['a basket', () => basketPage(frame, [{ hold: { ...hold, lines: [hostileLine] }, pictures: {} }])],
  ['a checkout', () => checkoutPage(frame, hostileCheckout)],
  [
    'an order',
    () =>
      orderPage(
        frame,
        watched({
          lines: [hostileLine],
          email: HOSTILE,
          nextActionUrl: HOSTILE,
          status: 'requires_action',
          failure: { code: 'x', message: HOSTILE },
        }),
      ),
  ],
  ['a broken page', () => brokenPage(frame, HOSTILE)],
])('[PAG6] lets no hostile word of %s become markup', async (_, drawn) => {
  const html = String(await drawn())
  expect(html).toContain('alert(1)')
  expect(html).not.toContain('<script>alert')
  expect(html).not.toMatch(/<img src=x/)
  expect(all(html, /<script/g)).toHaveLength(
    all(html, /<script type="(module" src="\/assets\/|application\/ld\+json)/g).length,
  )
})

it('[PAG6] writes product data for search engines that parses and says price and availability', async () => {
  const [, data] =
    /<script type="application\/ld\+json">([\s\S]*?)<\/script>/.exec(
      String(await productPage(frame, hostileProduct, { requestKey: 'k' })),
    ) ?? []
  const soldOut = { availability: 'https://schema.org/SoldOut' }
  expect(JSON.parse(data ?? '')).toMatchObject({
    name: HOSTILE,
    offers: [{ price: '149.00' }, { price: '149.00' }, { price: '149.00', ...soldOut }, { price: '159.00' }],
  })
})

const served = (address: string): Buffer => readFileSync(new URL(`../../public${address}`, import.meta.url))

it('[PAG7] keeps a product page under 30 kB before its pictures, type included, and each script under 3 kB', async () => {
  const html = await draw('product of a drop')
  const scripts = [...html.matchAll(/src="(\/assets\/[\w.-]+\.js)/g)].map(([, address]) => served(address ?? ''))
  for (const script of scripts) expect(script.length).toBeLessThan(3000)
  const packed = [Buffer.from(html), served(asset('shop.css')), ...scripts].reduce(
    (sum, text) => sum + gzipSync(text).length,
    0,
  )
  expect(html.length).toBeLessThan(15_000)
  expect(packed + served(asset('display.woff2')).length).toBeLessThan(30_000)
})

describe('an order on its page', () => {
  it('[PAG8] is looked at again without scripts, and watched with them, until it has settled', async () => {
    for (const name of ['order accepted', 'order waiting for the bank']) {
      const html = await draw(name)
      expect(html).toContain('<noscript><meta http-equiv="refresh" content="4"')
      expect(html).toContain(`data-events="/api/v1/orders/${order.id}/events"`)
      expect(html).toContain('aria-live="polite"')
    }
    for (const name of ['order paid', 'order declined']) {
      expect(await draw(name)).not.toMatch(/http-equiv="refresh"|live\.js/)
      expect(await draw(name)).toContain('data-final')
    }
  })

  it('[PAG8] keeps looking after payment while the receipt is still being written', async () => {
    expect(String(await orderPage(frame, watched({ status: 'paid' }, null)))).toContain('http-equiv="refresh"')
  })

  it('[PAG8] leads to the bank when the bank asks, and nowhere else', async () => {
    expect(await draw('order waiting for the bank')).toContain('href="https://bank.example/3ds"')
    expect(String(await orderPage(frame, watched({ nextActionUrl: 'https://bank.example/3ds' })))).not.toContain(
      'bank.example',
    )
  })
})

describe('a reservation in the basket', () => {
  it('[PAG9] counts down to the instant at which it ends, and says what happens then', async () => {
    const html = await draw('basket')
    expect(html).toContain(`data-countdown="${hold.expiresAt}" data-now="${NOON}"`)
    expect(html).toContain('go back on sale for everybody')
    expect(html).toContain(`href="/checkout/${hold.id}"`)
  })

  it('[PAG9] offers no checkout once it is over, and leads back to the product', async () => {
    for (const over of [
      { ...hold, expiresAt: NOON },
      { ...hold, state: 'expired' as const },
      { ...hold, state: 'released' as const },
    ]) {
      const html = String(await basketPage(frame, [{ hold: over, pictures: {} }]))
      expect(html).not.toContain('/checkout/')
      expect(html).toContain('/products/night-runner-sneaker?sku=NR-40')
    }
  })

  it('[PAG9] leads to the order that stands behind it', async () => {
    const html = String(
      await basketPage(frame, [{ hold: { ...hold, state: 'ordered', orderId: 'ord_1' }, pictures: {} }]),
    )
    expect(html).toContain('href="/orders/ord_1"')
  })
})

it('[PAG10] renders the key into the forms that must work once', async () => {
  expect(await draw('checkout')).toContain('<input type="hidden" name="key" value="checkout-key"/>')
  expect(await draw('product')).toContain('<input type="hidden" name="key" value="key"/>')
})
