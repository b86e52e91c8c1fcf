import { describe, expect, it } from 'vitest'
import { nowhere } from './index.ts'

const asked = (url: string) => nowhere({ url, headers: new Headers() })

describe('an address', () => {
  it.each(['http://localhost:8787*', 'http://localhost*', 'http://a b/products', 'http://[::1/', 'http://shop:99999/'])(
    '[HTT32] is none, and said to be none, as %s',
    async (url) => {
      const said = asked(url)!
      expect([said.status, said.headers.get('content-type')]).toEqual([400, 'application/problem+json'])
      const { code, request_id } = await said.json<Record<string, unknown>>()
      expect([code, request_id]).toEqual(['invalid_request', said.headers.get('x-request-id')])
      expect(said.headers.get('content-security-policy')).toContain("default-src 'none'")
    },
  )

  it.each(['http://localhost:8787/', 'https://shop.example/*', 'http://[::1]:5/x?y=*', 'https://shop.example//x'])(
    '[HTT32] is one as %s',
    (url) => expect(asked(url)).toBeNull(),
  )
})
