import { env } from 'cloudflare:workers'
import { beforeAll, expect, it } from 'vitest'
import { asset } from '../pages/assets.ts'
import { openShop, type Visitor } from '../testing/shop.ts'

let ana: Visitor
beforeAll(async () => {
  ana = (await openShop()).visitor()
})

it('[PAG22] gives a page of another version the asset as it is now, under the name it asked for, and lets nobody keep it', async () => {
  const now = await (await env.ASSETS.fetch(`https://shop.test${asset('shop.css')}`)).text()
  const said = await ana.asks('/assets/shop.0123456789.css')
  expect([said.status, said.text]).toEqual([200, now])
  expect(said.headers.get('content-type')).toMatch(/^text\/css/)
  expect(said.headers.get('cache-control')).toBe('no-store')
  const head = await ana.asks('/assets/shop.0123456789.css', { method: 'HEAD' })
  expect([head.status, head.text, head.headers.get('content-type')]).toEqual([
    200,
    '',
    said.headers.get('content-type'),
  ])
})

it.each([
  '/assets/shop.css',
  '/assets/none.0123456789.css',
  '/assets/constructor.0123456789.css',
  '/assets/__proto__',
  '/assets/shop.012345678.css',
  '/assets/shop.0123456789.css/x',
  '/assets/..%2fbasket.0123456789.css',
  '/assets/',
])('[PAG22] knows no other names: %s', async (path) => {
  const said = await ana.asks(path)
  expect(said.status).toBe(404)
  expect(said.headers.get('cache-control')).toMatch(/no-store|private/)
})
