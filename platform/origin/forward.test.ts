import { expect, it } from 'vitest'
import { fieldsForOrigin } from './forward.ts'

const cookiesSent = (cookie: string): string[] =>
  fieldsForOrigin(new Request('https://shop.example/about', { headers: { cookie } })).flatMap(([name, value]) =>
    name === 'cookie' ? [value] : [],
  )

it.each([
  ['onrush_visitor=v.1', []],
  ['__Host-onrush_console=secret; onrush_pass=p', []],
  ['basket=7', ['basket=7']],
  ['a=1; onrush_visitor=v.1; b="x=y"; my_onrush_x=2; __Host-onrush_console=secret', ['a=1; b="x=y"; my_onrush_x=2']],
])('[ORG23] of the cookies %s an origin is sent %j', (cookie, sent) => {
  expect(cookiesSent(cookie)).toEqual(sent)
})
