import { beforeAll, describe, expect, it } from 'vitest'
import { openShop, type TestShop } from './testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
})

describe('what the door says no to', () => {
  it('[HTT1] answers 404 as a problem for an unknown address of the API', async () => {
    const said = await shop.visitor().asks('/api/v1/nothing')
    expect(said.status).toBe(404)
    expect(said.headers.get('content-type')).toBe('application/problem+json')
    expect(said.body).toMatchObject({ code: 'not_found', status: 404, request_id: said.headers.get('x-request-id') })
  })

  it('[HTT1] answers 404 as a page for an unknown address of the shop', async () => {
    const said = await shop.visitor().asks('/nothing')
    expect(said.status).toBe(404)
    expect(said.headers.get('content-type')).toMatch(/^text\/html/)
  })
})
