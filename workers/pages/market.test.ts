import { describe, expect, it } from 'vitest'
import { alternatesOf } from '../../domain/market/alternates.ts'
import { aMarket } from '../../domain/market/testing.ts'
import { frame, product } from './fixtures.ts'
import { pathHere } from './market-pages.ts'
import { productPage } from './product.tsx'
import type { Frame, MarketView } from './views.ts'

const eu = aMarket()
const us = aMarket({ key: 'us', name: 'United <States>', countries: ['US'], currency: 'USD', languages: ['en-US'] })

const inMarket = (own: Partial<MarketView> = {}): Frame => ({
  ...frame,
  market: {
    ...{
      key: 'us',
      taxDisplay: 'excluded',
      choices: [eu, us],
      language: '',
      inAddress: '',
      back: '/products/lamp?x=1',
    },
    alternates: alternatesOf([eu, us], ['en']),
    ...own,
  },
})
const drawn = async (own?: Partial<MarketView>): Promise<string> =>
  String(await productPage(own ? inMarket(own) : frame, product, { requestKey: 'req_1' }))

describe('a page in a market', () => {
  it('[GEO9] names its other versions, and itself by the address it was asked by', async () => {
    const page = await drawn({})
    const slug = /rel="canonical" href="([^"]+)"/.exec(page)?.[1] ?? ''
    expect(page.match(/<link rel="alternate" hreflang="[^"]+" href="[^"]+"/g)).toEqual([
      `<link rel="alternate" hreflang="en-DE" href="${slug}?market=eu&amp;language=en"`,
      `<link rel="alternate" hreflang="en-AT" href="${slug}?market=eu&amp;language=en"`,
      `<link rel="alternate" hreflang="en-US" href="${slug}?market=us&amp;language=en-US"`,
      `<link rel="alternate" hreflang="x-default" href="${slug}"`,
    ])
    expect(await drawn({ inAddress: '?market=eu&language=en' })).toContain(
      `rel="canonical" href="${slug}?market=eu&amp;language=en"`,
    )
  })

  it('[GEO7] sends its form to the market whose prices it shows, and says whether the tax is in them', async () => {
    expect(await drawn({})).toContain('action="/basket?market=us"')
    expect(await drawn({})).toContain('Plus tax')
    expect(await drawn({ taxDisplay: 'included' })).toContain('Tax included')
    expect(await drawn({ key: null, taxDisplay: null })).toContain('action="/basket"')
  })

  it('[GEO1] offers the others at its foot, without a script', async () => {
    const page = await drawn({})
    expect(page).toContain('<option value="us" selected="">United &lt;States&gt; (USD)</option>')
    expect(page).toContain('name="back" value="/products/lamp?x=1"')
    expect(page).toContain('<option value="de" lang="de">Deutsch</option>')
  })

  it('[GEO10] says nothing of markets where there are none', async () => {
    expect(await drawn()).not.toMatch(/market|hreflang|Tax included|Plus tax/)
  })

  it.each([
    '//elsewhere.example/',
    '/\\elsewhere.example',
    'https://elsewhere.example/',
    'javascript:alert(1)',
    '',
    '/',
  ])('[GEO1] goes back to a page of this shop and nowhere else: %s', (back) =>
    expect(pathHere(back, 'https://shop.example')).toBe('/'),
  )

  it('[GEO1] goes back to where one was', () => {
    expect(pathHere('/search?q=a%20b', 'https://shop.example')).toBe('/search?q=a%20b')
  })
})
