/** A browser without scripts in the real shop: it opens pages, reads their forms, and sends what they say. */
import { beforeAll, describe, expect, it } from 'vitest'
import { readyFigures } from '../ready.ts'
import { openShop, type Said, type TestShop, type Visitor } from '../testing/shop.ts'

const GOOD_ADDRESS = {
  email: 'ana@example.com',
  name: 'Ana',
  line1: 'Quay 1',
  city: 'Porto',
  postal_code: '4000',
  country: 'PT',
  payment_method: 'pm_card_visa',
}

interface Form {
  action: string
  fields: Record<string, string>
}

/** The form that posts to an address that begins so, with the values the page put into it. */
function formIn({ text }: Said, action: string): Form {
  const found = [...text.matchAll(/<form[^>]* action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/g)].find(([, to]) =>
    to?.startsWith(action),
  )
  if (found === undefined) throw new Error(`no form for ${action} in: ${text.slice(0, 3000)}`)
  const fields: Record<string, string> = {}
  for (const [input] of (found[2] ?? '').matchAll(/<input[^>]*>/g)) {
    const [, name] = / name="([^"]+)"/.exec(input) ?? []
    const isUnchosen = input.includes('type="radio"') && !input.includes('checked')
    if (name !== undefined && !isUnchosen) fields[name] = / value="([^"]*)"/.exec(input)?.[1] ?? ''
  }
  return { action: found[1] ?? '', fields }
}

const send = (visitor: Visitor, { action, fields }: Form, more: Record<string, string> = {}): Promise<Said> =>
  visitor.asks(action, {
    method: 'POST',
    raw: new URLSearchParams({ ...fields, ...more }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })

const goesTo = (said: Said): string => {
  if (said.status !== 303) throw new Error(`${said.status} instead of a redirect: ${said.text.slice(0, 2000)}`)
  return said.headers.get('location') ?? ''
}

/** From the product to a living reservation. */
async function reserves(
  visitor: Visitor,
  slug: string,
  quantity = '1',
): Promise<{ holdId: string; form: Form; basket: Said }> {
  const form = formIn(await visitor.asks(`/products/${slug}`), '/basket')
  expect(goesTo(await send(visitor, form, { quantity }))).toBe('/basket')
  const basket = await visitor.asks('/basket')
  return { holdId: /\/checkout\/(hld_\w+)/.exec(basket.text)?.[1] ?? '', form, basket }
}

let shop: TestShop
const free = async (sku: string): Promise<number> => (await shop.operator.stock(sku)).body.free

beforeAll(async () => {
  shop = await openShop()
  for (const sku of ['LAMP', 'VASE', 'BOOK', 'LAST', 'MUG']) {
    const { status, text } = await shop.operator.offers(sku, sku === 'LAST' ? 1 : 20)
    if (status !== 201) throw new Error(text)
  }
})

describe('looking around', () => {
  it.each(['/', '/collections', '/search', '/search?q=print&sort=price&in_stock=true', '/products/lamp', '/basket'])(
    '[PAG17] answers %s with a page of this store',
    async (path) => {
      const page = await shop.visitor().asks(path)
      expect(page.status).toBe(200)
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(page.text).toContain('<a class="wordmark" href="/">Test</a>')
    },
  )

  it('[PAG17] finds products by the beginning of a word, and shows their price', async () => {
    const page = await shop.visitor().asks('/search?q=sign')
    expect(page.text).toContain('href="/products/lamp"')
    expect(page.text).toContain('€45.00')
  })

  it.each([
    '/products/nothing',
    '/collections/nothing',
    '/drops/nothing',
    '/products/%3Cscript%3E',
    '/checkout/hld_x',
    '/orders/ord_x',
    '/no/such/page',
    '/search?cursor=made-up',
  ])('[PAG17] answers %s with 404 and a page that leads on', async (path) => {
    const page = await shop.visitor().asks(path)
    expect(page.status).toBe(404)
    expect(page.text).toContain('This is not here')
    expect(page.text).toContain('<a class="wordmark" href="/">Test</a>')
  })

  it('[PAG18] gives pages a strict policy and never lets a shared cache keep them', async () => {
    const { headers } = await shop.visitor().asks('/products/lamp')
    expect(headers.get('content-security-policy')).toContain("script-src 'self'; style-src 'self'")
    expect(headers.get('content-security-policy')).not.toContain('unsafe')
    expect(headers.get('cache-control')).toMatch(/^private/)
  })

  it('[PAG13] serves a drawn picture that may be kept for a year', async () => {
    const picture = await shop.visitor().asks('/art/lamp.svg?v=1')
    expect(picture.headers.get('content-type')).toBe('image/svg+xml')
    expect(picture.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect((await shop.visitor().asks('/art/lamp.svg?v=1')).text).toBe(picture.text)
  })

  it('[PAG9] tells the time in milliseconds, and nobody keeps the answer', async () => {
    const clock = await shop.visitor().asks('/clock')
    expect(Math.abs(Number(clock.text) - Date.now())).toBeLessThan(60_000)
    expect(clock.headers.get('cache-control')).toBe('no-store')
  })
})

describe('reserving', () => {
  it('[PAG10] reserves once, however often the same form is sent', async () => {
    const ana = shop.visitor()
    const { form } = await reserves(ana, 'lamp', '2')
    await Promise.all([send(ana, form, { quantity: '2' }), send(ana, form, { quantity: '2' })])
    expect(await free('LAMP')).toBe(18)
  })

  it('[PAG10] reserves anew from an old form when its reservation was given back', async () => {
    const ana = shop.visitor()
    const { form, holdId, basket } = await reserves(ana, 'book')
    expect(goesTo(await send(ana, formIn(basket, `/basket/${holdId}/release`)))).toBe('/basket')
    expect(await free('BOOK')).toBe(20)
    expect(goesTo(await send(ana, form))).toBe('/basket')
    expect(await free('BOOK')).toBe(19)
  })

  it('[PAG11] says on the product’s page that it has sold out, and keeps the form', async () => {
    await reserves(shop.visitor(), 'last')
    const ben = shop.visitor()
    const told = await send(ben, formIn(await ben.asks('/products/last'), '/basket'))
    expect(told.status).toBe(409)
    expect(told.text).toContain('role="alert"')
    expect(told.text).toContain('Sold out, for now')
    expect(formIn(told, '/basket').fields).toMatchObject({ sku: 'LAST' })
  })

  it('[PAG11] says what is wrong with a quantity', async () => {
    const ana = shop.visitor()
    const form = formIn(await ana.asks('/products/mug'), '/basket')
    for (const [quantity, words] of [
      ['0', 'How many?'],
      ['x', 'How many?'],
      ['15', 'At most 10 for each person'],
    ] as const) {
      expect((await send(ana, form, { quantity })).text).toContain(words)
    }
    expect(await free('MUG')).toBe(20)
  })

  it('[PAG18] shows a reservation to nobody else', async () => {
    const ana = shop.visitor()
    const { holdId } = await reserves(ana, 'mug')
    const eve = shop.visitor()
    await reserves(eve, 'mug')
    eve.cookies.set('onrush_basket', holdId)
    expect((await eve.asks('/basket')).text).not.toContain(holdId)
    expect((await eve.asks(`/checkout/${holdId}`)).status).toBe(404)
    expect((await send(eve, { action: `/basket/${holdId}/release`, fields: {} })).status).toBe(404)
    expect((await ana.asks('/basket')).text).toContain(`/checkout/${holdId}`)
  })

  it('[PAG18] takes no form from another site', async () => {
    const ana = shop.visitor()
    const { action, fields } = formIn(await ana.asks('/products/mug'), '/basket')
    const before = await free('MUG')
    const told = await ana.asks(action, {
      method: 'POST',
      raw: new URLSearchParams(fields).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
    })
    expect(told.status).toBe(403)
    expect(told.text).toContain('<main id="main"')
    expect(await free('MUG')).toBe(before)
  })
})

describe('checking out', () => {
  it('[PAG10] orders once, however often the form is sent, and however changed', async () => {
    const ana = shop.visitor()
    const { holdId } = await reserves(ana, 'vase', '3')
    const form = formIn(await ana.asks(`/checkout/${holdId}`), '/checkout/')
    const answers = await Promise.all([send(ana, form, GOOD_ADDRESS), send(ana, form, GOOD_ADDRESS)])
    const [order] = answers.map(goesTo)
    expect(order).toMatch(/^\/orders\/ord_\w+$/)
    expect(answers.map(goesTo)).toEqual([order, order])
    expect(goesTo(await send(ana, form, { ...GOOD_ADDRESS, name: 'Anna' }))).toBe(order)
    expect(goesTo(await send(ana, { ...form, fields: { ...form.fields, key: 'another' } }, GOOD_ADDRESS))).toBe(order)
    expect(goesTo(await ana.asks(`/checkout/${holdId}`))).toBe(order)
    expect(await free('VASE')).toBe(17)

    const page = await ana.asks(order ?? '')
    expect(page.status).toBe(200)
    expect(page.text).toContain('3 × €45.00')
    expect(page.text).toContain('€135.00')
    expect(page.text).toContain('ana@example.com')
    expect((await ana.asks('/basket')).text).not.toContain(holdId)
    expect((await shop.visitor().asks(order ?? '')).status).toBe(404)
  })

  it('[PAG16] shows the form again with its mistakes and what was typed, and orders nothing', async () => {
    const ana = shop.visitor()
    const { holdId } = await reserves(ana, 'vase')
    const form = formIn(await ana.asks(`/checkout/${holdId}`), '/checkout/')
    const told = await send(ana, form, { ...GOOD_ADDRESS, email: 'nobody', line1: '' })
    expect(told.status).toBe(422)
    expect(told.text).toContain('aria-invalid="true"')
    expect(told.text).toContain('value="nobody"')
    expect(told.text).toContain('2 things need another look.')
    const again = formIn(told, '/checkout/')
    expect(again.fields['key']).toBe(form.fields['key'])
    expect(goesTo(await send(ana, again, GOOD_ADDRESS))).toMatch(/^\/orders\/ord_/)
  })

  it('[PAG9] leads from the checkout of a reservation that was given back to the basket', async () => {
    const ana = shop.visitor()
    const { holdId, basket } = await reserves(ana, 'vase')
    const form = formIn(await ana.asks(`/checkout/${holdId}`), '/checkout/')
    await send(ana, formIn(basket, `/basket/${holdId}/release`))
    expect(goesTo(await ana.asks(`/checkout/${holdId}`))).toBe('/basket')
    const told = await send(ana, form, GOOD_ADDRESS)
    expect(told.status).toBe(409)
    expect(told.text).toContain('Nothing was charged')
  })

  it('[PAG24] sends a product’s page to strangers from memory, with a form that is nobody else’s', async () => {
    const forms = [1, 2, 3, 4].map(
      async () => formIn(await shop.visitor().asks('/products/mug'), '/basket').fields['key'],
    )
    const keys = [
      ...(await Promise.all(forms)),
      formIn(await shop.visitor().asks('/products/mug'), '/basket').fields['key'],
    ]
    expect(new Set(keys).size).toBe(5)
    for (const key of keys) expect(key).toMatch(/^req_[0-9A-Z]{26}$/)
    const ana = shop.visitor()
    const first = formIn(await ana.asks('/products/mug'), '/basket')
    expect(goesTo(await send(ana, first))).toBe('/basket')
    const own = readyFigures.said
    await ana.asks('/products/mug')
    expect(readyFigures.said).toBe(own)
  })

  it('[PAG18] opens an order by the secret of its link once, and keeps the secret out of the address', async () => {
    const ana = shop.visitor()
    const held = await ana.holds('MUG')
    const accepted = await ana.orders(held.body.id)
    const guest = shop.visitor()
    const { id, secret } = accepted.body
    expect(goesTo(await guest.asks(`/orders/${id}?secret=${secret}`))).toBe(`/orders/${id}`)
    expect((await guest.asks(`/orders/${id}`)).status).toBe(200)
    expect((await guest.asks(`/orders/${id}?secret=wrong`)).headers.get('location')).not.toContain('secret')
    expect((await shop.visitor().asks(`/orders/${id}?secret=wrong`)).status).toBe(404)
  })
})
