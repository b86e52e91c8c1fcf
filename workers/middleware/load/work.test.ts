import { describe, expect, it } from 'vitest'
import type { Work } from '../../../domain/load/priorities.ts'
import { workOf } from './work.ts'

const asked = (method: string, path: string, userAgent = 'Mozilla/5.0') =>
  workOf(method, path, new Headers({ 'user-agent': userAgent }))

describe('kinds of work', () => {
  it.each<[string, string, Work | null]>([
    ['POST', '/api/v1/orders', 'order'],
    ['POST', '/checkout/hld_1', 'order'],
    ['GET', '/api/v1/orders/ord_1', 'order'],
    ['GET', '/orders/ord_1', 'order'],
    ['GET', '/basket', 'order'],
    ['DELETE', '/api/v1/holds/hld_1', 'room'],
    ['POST', '/api/v1/holds', 'hold'],
    ['POST', '/basket', 'hold'],
    ['POST', '/drops/x/reserve', 'hold'],
    ['POST', '/api/v1/drops/x/places', 'room'],
    ['POST', '/api/v1/places/plc_1/pass', 'room'],
    ['POST', '/drops/x/waiting', 'room'],
    ['GET', '/api/v1/drops/x/now', 'room'],
    ['GET', '/', 'page'],
    ['GET', '/api/v1/products/x', 'page'],
    ['GET', '/drops/x', 'page'],
    ['GET', '/search', 'search'],
    ['GET', '/api/v1/orders/ord_1/events', null],
    ['GET', '/health/ready', null],
    ['GET', '/metrics', null],
    ['POST', '/api/v1/webhooks/stripe', null],
    ['POST', '/api/v1/admin/drops/x/pause', null],
    ['POST', '/console/drops/x', null],
    ['GET', '/api/v1/openapi.json', null],
  ])('[LOD3] are told apart: %s %s', (method, path, work) => {
    expect(asked(method, path)).toBe(work)
  })

  it('[LOD3] know a crawler by what it says of itself, where it only looks', () => {
    expect(asked('GET', '/', 'Mozilla/5.0 (compatible; Examplebot/2.1)')).toBe('crawl')
    expect(asked('POST', '/api/v1/holds', 'Examplebot/2.1')).toBe('hold')
  })
})
