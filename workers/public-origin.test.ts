import { describe, expect, it } from 'vitest'
import { publicOrigin } from './public-origin.ts'

const named = { hostnames: ['shop.example', 'www.shop.example'] }
const nameless = { hostnames: [] }
const PRODUCTION = { ENVIRONMENT: 'production' }
const DEV = { ENVIRONMENT: 'dev' }

describe('where links lead', () => {
  it.each([
    ['https://www.shop.example/x', named, PRODUCTION, 'https://www.shop.example'],
    ['http://evil.example/x', named, PRODUCTION, 'https://shop.example'],
    ['http://shop.example.evil.example/', named, PRODUCTION, 'https://shop.example'],
    ['http://localhost:8787/', named, PRODUCTION, 'https://shop.example'],
    ['http://evil.example:8787/', nameless, DEV, 'http://localhost:8787'],
    ['http://localhost.evil.example/', nameless, DEV, 'http://localhost'],
    ['http://127.0.0.1.evil.example/', nameless, DEV, 'http://localhost'],
    ['http://localhost:8787/', named, DEV, 'http://localhost:8787'],
    ['http://127.0.0.1:8787/', nameless, DEV, 'http://127.0.0.1:8787'],
    ['http://[::1]:8787/', nameless, DEV, 'http://[::1]:8787'],
    ['http://evil.example/', nameless, PRODUCTION, 'http://localhost'],
    ['http://evil.example/', nameless, { ...PRODUCTION, PUBLIC_ORIGIN: 'https://on.example' }, 'https://on.example'],
  ])('[SEC11] makes of %s for %j in %j %s', (asked, store, env, origin) => {
    expect(publicOrigin(new URL(asked), store, env)).toBe(origin)
  })
})
