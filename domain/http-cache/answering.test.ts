import { describe, expect, it } from 'vitest'
import { memberFor, statusField } from './cache-status.ts'
import { fieldOf } from './fields.ts'
import { writeHttpDate } from './http-date.ts'
import { alsoInvalidated, invalidates, isSafe } from './invalidation.ts'
import { bytesIn, combined, contentRangeOf, missingAfter, rangeAskedIn } from './ranges.ts'
import { canServePart, serve } from './serving.ts'
import { strongValidator, ttlAt } from './stored.ts'
import { isWithdrawn } from './storing.ts'
import { fieldsOf, NOON, stored } from './testing.ts'
import { afterHead, asksTheOrigin, conditionalFields, confirmable, freshened, meantBy } from './validation.ts'

const date = (offsetMs = 0): string => writeHttpDate(NOON + offsetMs)
const text = (bytes: Uint8Array | null): string | null => bytes && String.fromCharCode(...bytes)

describe('asking whether it still holds (RFC 9111 section 4.3.1)', () => {
  it('[HCA23] asks with the stored validators and without the visitor’s own conditions', () => {
    const one = stored({ etag: 'W/"a"', 'last-modified': date(-5000) })
    const asked = {
      'if-none-match': '"z"',
      'if-modified-since': date(),
      range: 'bytes=0-1',
      'if-range': '"z"',
      'x-mine': '1',
    }
    expect(conditionalFields(fieldsOf(asked), [one])).toEqual([
      ['x-mine', '1'],
      ['if-none-match', 'W/"a"'],
      ['if-modified-since', date(-5000)],
    ])
  })

  it('[HCA23] asks about all the origin may choose from where none is for this request', () => {
    const all = [stored({ etag: '"a"' }), stored({ etag: 'W/"w"' }), stored({ etag: '"b"' }), stored({ etag: '"a"' })]
    const about = confirmable(undefined, all)
    expect(conditionalFields([], about)).toEqual([['if-none-match', '"a", "b"']])
    expect(confirmable(all[1], all)).toEqual([all[1]])
    expect(confirmable(stored({}), all)).toEqual([])
  })

  it('[HCA23] leaves to the origin what only the origin can judge', () => {
    expect(asksTheOrigin(new Set(['if-match']))).toBe(true)
    expect(asksTheOrigin(new Set(['if-unmodified-since']))).toBe(true)
    expect(asksTheOrigin(new Set(['if-none-match']))).toBe(false)
  })
})

describe('news (RFC 9111 sections 3.2, 4.3.4 and 4.3.5)', () => {
  const news = (fields: Record<string, string>, at = NOON + 60_000) => ({
    fields: fieldsOf(fields),
    requestedAt: at,
    receivedAt: at,
    stamp: null,
  })
  const strong = stored({ etag: '"a"', 'x-which': '1' })
  const strongToo = stored({ etag: '"a"', vary: 'accept' }, { request: { accept: 'x' } })
  const other = stored({ etag: '"b"' })
  const weak = stored({ etag: 'W/"a"', date: date(-9000) })
  const weakNewer = stored({ etag: 'W/"a"', date: date(-1000) })

  it('[HCA24] means all that have the strong validator it names', () => {
    expect(meantBy(news({ etag: '"a"' }), [strong, other, strongToo], [strong])).toEqual([strong, strongToo])
    expect(meantBy(news({ etag: '"z"' }), [strong, other], [strong])).toEqual([])
  })

  it('[HCA24] means the newest that has the weak one', () => {
    expect(meantBy(news({ etag: 'W/"a"' }), [weak, weakNewer, strong], [weak])).toEqual([weakNewer])
    const dated = stored({ 'last-modified': date(-5000) })
    expect(meantBy(news({ 'last-modified': date(-5000) }), [dated, strong], [dated])).toEqual([dated])
  })

  it('[HCA24] means the one it was asked about when it names none', () => {
    expect(meantBy(news({}), [strong, other], [other])).toEqual([other])
  })

  it('[HCA25] replaces the stored fields, except those that describe the stored body', () => {
    const one = stored({
      etag: '"a"',
      'cache-control': 'max-age=10',
      'x-old': '1',
      'x-kept': '1',
      age: '7',
      'content-encoding': 'gzip',
    })
    const said = {
      'cache-control': 'max-age=99',
      'x-old': '2',
      'x-new': '3',
      'content-length': '0',
      'content-encoding': 'br',
      'content-range': 'x',
      connection: 'x-hop',
      'x-hop': '1',
    }
    const fresh = freshened(one, news({ ...said, date: date(60_000) }), [])
    expect(Object.fromEntries(fresh.fields)).toEqual({
      etag: '"a"',
      'x-kept': '1',
      'content-encoding': 'gzip',
      'cache-control': 'max-age=99',
      'x-old': '2',
      'x-new': '3',
      date: date(60_000),
    })
    expect(ttlAt(NOON + 60_000, fresh)).toBe(99_000)
  })

  it('[HCA25] counts the age anew from a 304 without a Date', () => {
    const one = stored({ etag: '"a"', 'cache-control': 'max-age=10' })
    expect(ttlAt(NOON + 60_000, freshened(one, news({}), []))).toBe(10_000)
  })

  it('[HCA25] keeps out of a 304 what the origin wants kept out of the store', () => {
    const one = stored({ etag: '"a"', 'cache-control': 'max-age=10, private="x-mine"', 'x-mine': '1' })
    const fresh = freshened(
      one,
      news({ 'x-mine': '2', 'x-too': '3', 'cache-control': 'max-age=9, no-cache=x-mine' }),
      [],
    )
    expect(fresh.fields.map(([name]) => name).toSorted()).toEqual(['cache-control', 'date', 'etag', 'x-too'])
  })

  it.each([
    [{ 'cache-control': 'no-store' }, true],
    [{ 'cache-control': 'private, max-age=60' }, true],
    [{ vary: '*' }, true],
    [{ 'cache-control': 'no-store, must-understand, max-age=60' }, false],
    [{ 'cache-control': 'private="x-mine", no-cache' }, false],
    [{}, false],
  ])('[HCA25] withdraws what is stored when a 304 says %j: %s', (fields, outcome) => {
    const one = stored({ etag: '"a"', 'cache-control': 'max-age=10' })
    expect(isWithdrawn(freshened(one, news(fields), []))).toBe(outcome)
  })

  it('[HCA26] lets a HEAD freshen what has the same validators and length', () => {
    const one = stored({ etag: '"a"', 'cache-control': 'max-age=10' })
    const same = afterHead(one, news({ etag: '"a"', 'content-length': '5', 'cache-control': 'max-age=50' }), [])
    expect(ttlAt(NOON + 60_000, same)).toBe(50_000)
    expect(same.facts.mustConfirm).toBe(false)
  })

  it.each([{ etag: '"b"' }, { 'last-modified': date() }, { etag: '"a"', 'content-length': '6' }])(
    '[HCA26] has it confirmed when a HEAD says %j',
    (fields) => {
      expect(afterHead(stored({ etag: '"a"' }), news(fields), []).facts.mustConfirm).toBe(true)
    },
  )
})

describe('conditions of the visitor (RFC 9110 section 13)', () => {
  const one = stored({
    etag: '"a"',
    'last-modified': date(-5000),
    'x-more': '1',
    'cache-control': 'max-age=9',
    'content-type': 'x/y',
  })
  const statusFor = (request: Record<string, string>, from = one): number =>
    serve(from, { method: 'GET', fields: fieldsOf(request) }).status

  it.each([
    ['"a"', 304],
    ['W/"a"', 304],
    ['"z", "a"', 304],
    ['*', 304],
    ['"z"', 200],
    ['"A"', 200],
    ['a', 200],
  ])('[HCA27] compares If-None-Match %s weakly: %s', (value, status) => {
    expect(statusFor({ 'if-none-match': value })).toBe(status)
  })

  it.each([
    [date(-5000), 304],
    [date(), 304],
    [date(-6000), 200],
    ['yesterday', 200],
    [`${date()}, ${date()}`, 200],
  ])('[HCA27] compares If-Modified-Since %s: %s', (value, status) => {
    expect(statusFor({ 'if-modified-since': value })).toBe(status)
  })

  it('[HCA27] knows a tag without quotes again as it was written, and trusts it with no range', () => {
    const bare = stored({ etag: 'abc' })
    expect([statusFor({ 'if-none-match': 'abc' }, bare), statusFor({ 'if-none-match': '"abc"' }, bare)]).toEqual([
      304, 200,
    ])
    expect(conditionalFields([], [bare])).toEqual([['if-none-match', 'abc']])
    expect(statusFor({ range: 'bytes=0-1', 'if-range': 'abc' }, bare)).toBe(200)
    expect(stored({ etag: '"a", "b"' }).facts.etag).toBeNull()
  })

  it('[HCA27] takes every letter of a tag for what it is, a comma and a backslash too', () => {
    const odd = stored({ etag: String.raw`"a,b\"` })
    expect(statusFor({ 'if-none-match': String.raw`"x\", W/"a,b\", "y"` }, odd)).toBe(304)
    expect(statusFor({ 'if-none-match': String.raw`"x\","b\"` }, odd)).toBe(200)
  })

  it('[HCA27] passes over If-Modified-Since beside If-None-Match', () => {
    expect(statusFor({ 'if-none-match': '"z"', 'if-modified-since': date() })).toBe(200)
  })

  it('[HCA27] takes Date where there is no Last-Modified', () => {
    expect(statusFor({ 'if-modified-since': date() }, stored({}))).toBe(304)
  })

  it('[HCA27] answers no other status with a 304', () => {
    expect(statusFor({ 'if-none-match': '*' }, stored({ etag: '"a"' }, { status: 404 }))).toBe(404)
  })

  it('[HCA28] repeats in a 304 what steers caches, and nothing of the body', () => {
    const { fields, body } = serve(one, { method: 'GET', fields: fieldsOf({ 'if-none-match': '"a"' }) })
    expect(fields.map(([name]) => name).toSorted()).toEqual(['cache-control', 'date', 'etag'])
    expect(body).toBeNull()
  })
})

describe('ranges (RFC 9110 section 14)', () => {
  const one = stored({ etag: '"a"', 'last-modified': date(-5000) }, { body: '0123456789' })
  const ask = (request: Record<string, string>, from = one) => {
    const { status, fields, body } = serve(from, { method: 'GET', fields: fieldsOf(request) })
    return [status, text(body), fieldOf(fields, 'content-range')]
  }

  it.each([
    ['bytes=2-4', [206, '234', 'bytes 2-4/10']],
    ['bytes=0-0', [206, '0', 'bytes 0-0/10']],
    ['bytes=7-', [206, '789', 'bytes 7-9/10']],
    ['bytes=-3', [206, '789', 'bytes 7-9/10']],
    ['bytes=-99', [206, '0123456789', 'bytes 0-9/10']],
    ['bytes=5-99999999', [206, '56789', 'bytes 5-9/10']],
    ['bytes=10-', [416, '', 'bytes */10']],
    ['bytes=-0', [416, '', 'bytes */10']],
    ['bytes=4-2', [200, '0123456789', null]],
    ['bytes=1-2,4-5', [200, '0123456789', null]],
    ['bytes=-', [200, '0123456789', null]],
    ['lines=1-2', [200, '0123456789', null]],
    ['bytes=99999999999999999999-', [200, '0123456789', null]],
  ])('[HCA29] answers %s with %j', (range, outcome) => {
    expect(ask({ range })).toEqual(outcome)
  })

  it.each([
    ['"a"', 206],
    ['"b"', 200],
    ['W/"a"', 200],
    [date(-5000), 206],
    [date(), 200],
  ])('[HCA29] lets the range be only on the exact strong validator: If-Range %s gives %s', (value, status) => {
    expect(ask({ range: 'bytes=0-1', 'if-range': value })[0]).toBe(status)
  })

  it('[HCA29] trusts no weak validator and no date that is too young', () => {
    expect(ask({ range: 'bytes=0-1', 'if-range': 'W/"w"' }, stored({ etag: 'W/"w"' }))[0]).toBe(200)
    expect(ask({ range: 'bytes=0-1', 'if-range': date() }, stored({ 'last-modified': date(), date: date() }))[0]).toBe(
      200,
    )
  })

  it('[HCA29] looks at conditions before ranges, and gives no part of an error', () => {
    expect(ask({ range: 'bytes=0-1', 'if-none-match': '"a"' })[0]).toBe(304)
    expect(ask({ range: 'bytes=0-1' }, stored({}, { status: 404 }))[0]).toBe(404)
    expect(serve(one, { method: 'HEAD', fields: fieldsOf({ range: 'bytes=0-1' }) }).status).toBe(200)
  })

  it('[HCA30] answers from a stored part what lies within it', () => {
    const part = stored({ etag: '"a"', 'content-range': 'bytes 2-6/10' }, { status: 206, body: '23456' })
    expect(ask({ range: 'bytes=3-4' }, part)).toEqual([206, '34', 'bytes 3-4/10'])
    const can = (range: string): boolean => canServePart(part, { method: 'GET', fields: fieldsOf({ range }) })
    expect([can('bytes=2-6'), can('bytes=1-3'), can('bytes=5-7'), can('bytes=-4')]).toEqual([true, false, false, false])
    expect(canServePart(part, { method: 'GET', fields: [] })).toBe(false)
  })

  it('[HCA30] puts parts together that touch and have the same strong validator', () => {
    const part = (first: number, body: string, validator: string | null = '"a"', total = 10) => ({
      body: stored({}, { body }).body,
      part: { first, last: first + body.length - 1, total },
      validator,
    })
    expect(text(combined(part(0, '0123'), part(4, '456'))!.body)).toBe('0123456')
    expect(text(combined(part(4, '456'), part(2, '234'))!.body)).toBe('23456')
    expect(combined(part(0, '012'), part(4, '456'))).toBeNull()
    expect(combined(part(0, '0123'), part(4, '456', '"b"'))).toBeNull()
    expect(combined(part(0, '0123', null), part(4, '456', null))).toBeNull()
    expect(combined(part(0, '0123'), part(4, '456', '"a"', 11))).toBeNull()
  })

  it.each([
    [{ etag: '"a"', 'last-modified': date(-5000) }, '"a"'],
    [{ 'last-modified': date(-5000) }, date(-5000)],
    [{ 'last-modified': date() }, null],
    [{ etag: 'W/"a"', 'last-modified': date(-5000) }, null],
    [{}, null],
  ])('[HCA30] takes of %j for a strong validator: %s', (fields, validator) => {
    expect(strongValidator(stored({ date: date(), ...fields }).facts)).toBe(validator)
  })

  it('[HCA30] asks only for what is missing of a stored beginning', () => {
    const beginning = stored({ etag: '"a"', 'content-range': 'bytes 0-3/10' }, { status: 206, body: '0123' })
    expect(missingAfter(beginning)).toBe('bytes=4-')
    expect(
      missingAfter(stored({ etag: 'W/"a"', 'content-range': 'bytes 0-3/10' }, { status: 206, body: '0123' })),
    ).toBeNull()
    expect(
      missingAfter(stored({ etag: '"a"', 'content-range': 'bytes 1-3/10' }, { status: 206, body: '123' })),
    ).toBeNull()
  })

  it.each(['bytes 0-4', 'bytes 4-0/10', 'bytes 0-10/10', 'bytes */10', 'lines 0-4/10'])(
    '[HCA30] takes "%s" for no range of a part',
    (field) => {
      expect(contentRangeOf(field)).toBeNull()
    },
  )

  it('[HCA29] has no bytes to give of an empty body', () => {
    expect(bytesIn(rangeAskedIn(fieldsOf({ range: 'bytes=-5' }))!, 0)).toBeNull()
  })
})

describe('unsafe requests (RFC 9111 section 4.4)', () => {
  it.each([
    ['POST', 200, true],
    ['PUT', 204, true],
    ['DELETE', 303, true],
    ['UNHEARD-OF', 200, true],
    ['POST', 400, false],
    ['POST', 500, false],
    ['GET', 200, false],
    ['OPTIONS', 200, false],
  ])('[HCA31] %s with a %s makes what is stored no longer good: %s', (method, status, outcome) => {
    expect(invalidates(method, status)).toBe(outcome)
  })

  it('[HCA31] takes along what Location and Content-Location name', () => {
    expect(alsoInvalidated(fieldsOf({ location: '/a', 'content-location': 'b' }))).toEqual(['/a', 'b'])
    expect(isSafe('QUERY')).toBe(true)
  })
})

describe('Cache-Status (RFC 9211)', () => {
  it('[HCA32] says hit or forwarded, the origin’s side first', () => {
    const members = [
      memberFor('colo', { hit: true, ttlMs: 41_500 }),
      memberFor('mem', { fwd: 'uri-miss', stored: true }),
    ]
    expect(statusField('upstream; hit', members)).toBe(
      'upstream; hit, onrush-colo; hit; ttl=41, onrush-mem; fwd=uri-miss; stored',
    )
  })

  it('[HCA32] counts a stale hit below nought, and owns up to collapsing in vain', () => {
    expect(memberFor('mem', { hit: true, ttlMs: -500, detail: 'stale-if-error' })).toBe(
      'onrush-mem; hit; ttl=-1; detail=stale-if-error',
    )
    expect(memberFor('mem', { fwd: 'stale', status: 304, stored: true, collapsed: false })).toBe(
      'onrush-mem; fwd=stale; fwd-status=304; stored; collapsed=?0',
    )
  })
})
