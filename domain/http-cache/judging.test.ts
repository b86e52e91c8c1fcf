import { describe, expect, it } from 'vitest'
import type { Wishes } from './cache-control.ts'
import { NO_WISHES } from './cache-control.ts'
import { writeHttpDate } from './http-date.ts'
import { STOREFRONT, TRANSPARENT } from './policy.ts'
import { decideReuse, mayStandIn, usefulForMs } from './reuse.ts'
import { ageAt, ttlAt } from './stored.ts'
import { decideStoring, isForGet } from './storing.ts'
import { fieldsOf, NOON, stored } from './testing.ts'
import { select, selectingOf } from './vary.ts'

const date = (offsetMs = 0): string => writeHttpDate(NOON + offsetMs)
const HOUR = 3_600_000

describe('what may be stored (RFC 9111 section 3)', () => {
  const storing = (
    fields: Record<string, string>,
    {
      status = 200,
      method = 'GET',
      request = {},
      policy = TRANSPARENT,
    }: { status?: number; method?: string; request?: Record<string, string>; policy?: typeof TRANSPARENT } = {},
  ) => {
    const received = { status, fields: fieldsOf(fields), requestedAt: NOON, receivedAt: NOON, stamp: null }
    const decided = decideStoring({ method, fields: fieldsOf(request) }, received, policy)
    return decided.store ? 'stored' : decided.why
  }
  const LIVES = { 'cache-control': 'max-age=60' }

  it.each([200, 201, 302, 307, 404, 429, 500, 503, 499, 599])(
    '[HCA8] stores a %s with a lifetime of its own, whatever it means',
    (status) => {
      expect(storing(LIVES, { status })).toBe('stored')
    },
  )

  it.each([
    [200, 'stored'],
    [203, 'stored'],
    [204, 'stored'],
    [300, 'stored'],
    [301, 'stored'],
    [308, 'stored'],
    [404, 'stored'],
    [405, 'stored'],
    [410, 'stored'],
    [414, 'stored'],
    [501, 'stored'],
    [201, 'no-lifetime'],
    [302, 'no-lifetime'],
    [403, 'no-lifetime'],
    [500, 'no-lifetime'],
    [599, 'no-lifetime'],
  ])('[HCA8] treats a %s without one by heuristic: %s', (status, outcome) => {
    expect(storing({ 'last-modified': date(-HOUR) }, { status })).toBe(outcome)
  })

  it('[HCA8] stores any status that is marked public, by heuristic', () => {
    expect(storing({ 'cache-control': 'public', 'last-modified': date(-HOUR) }, { status: 599 })).toBe('stored')
  })

  it('[HCA8] stores nothing that nothing could ever be answered with', () => {
    expect(storing({})).toBe('no-lifetime')
    expect(storing({ etag: '"a"' })).toBe('stored')
    expect(storing({ vary: 'x, *', ...LIVES })).toBe('vary')
  })

  it('[HCA9] stores nothing against no-store, on either side', () => {
    expect(storing({ 'cache-control': 'no-store, max-age=60' })).toBe('no-store')
    expect(storing(LIVES, { request: { 'cache-control': 'no-store' } })).toBe('request-no-store')
  })

  it('[HCA9] passes over no-store beside must-understand for a status it knows, and stores no other', () => {
    const both = { 'cache-control': 'no-store, must-understand, max-age=60' }
    expect(storing(both)).toBe('stored')
    expect(storing(both, { status: 599 })).toBe('must-understand')
    expect(storing({ 'cache-control': 'must-understand, max-age=60' }, { status: 599 })).toBe('must-understand')
  })

  it('[HCA10] shares nothing private, but what is left without the fields that are', () => {
    expect(storing({ 'cache-control': 'private, max-age=60' })).toBe('private')
    expect(storing({ 'cache-control': 'private="x-mine", max-age=60' })).toBe('stored')
    const kept = stored({
      'cache-control': 'private="x-mine", no-cache="x-too", max-age=60',
      'x-mine': '1',
      'x-too': '2',
      'x-all': '3',
    })
    expect(kept.fields.map(([name]) => name)).toEqual(['cache-control', 'x-all', 'date'])
  })

  it.each([
    ['max-age=60', 'authorization'],
    ['public, max-age=60', 'stored'],
    ['must-revalidate, max-age=60', 'stored'],
    ['s-maxage=60', 'stored'],
  ])('[HCA11] answers to Authorization with %s: %s', (value, outcome) => {
    expect(storing({ 'cache-control': value }, { request: { authorization: 'x' } })).toBe(outcome)
  })

  it('[HCA12] shares nothing on a storefront that smells of one visitor', () => {
    const shared = { 'cache-control': 'public, max-age=60' }
    expect(storing(shared, { policy: STOREFRONT, request: { authorization: 'x' } })).toBe('authorization')
    expect(storing({ ...shared, 'set-cookie': 'a=1' }, { policy: STOREFRONT })).toBe('cookie')
    expect(storing(LIVES, { policy: STOREFRONT, request: { cookie: 'a=1' } })).toBe('cookie')
    expect(storing(shared, { policy: STOREFRONT, request: { cookie: 'a=1' } })).toBe('stored')
    expect(storing({ ...shared, 'set-cookie': 'a=1' })).toBe('stored')
  })

  it.each([
    ['POST', LIVES, 200, true, TRANSPARENT, true],
    ['POST', LIVES, 200, false, TRANSPARENT, false],
    ['POST', { 'last-modified': date(-HOUR) }, 200, true, TRANSPARENT, false],
    ['POST', LIVES, 201, true, TRANSPARENT, false],
    ['POST', LIVES, 200, true, STOREFRONT, false],
    ['PUT', LIVES, 200, true, TRANSPARENT, false],
  ])('[HCA8] lets %s with %j and %s, about its own address: %s, on %j stand for GET: %s', (...row) => {
    const [method, fields, status, isAboutItsAddress, policy, outcome] = row
    const received = { status, fields: fieldsOf(fields), requestedAt: NOON, receivedAt: NOON, stamp: null }
    expect(isForGet(method, received, isAboutItsAddress, policy)).toBe(outcome)
  })

  it('[HCA8] stores no answer to HEAD, no interim answer, no 304 and no 206 without its range', () => {
    expect(storing(LIVES, { method: 'HEAD' })).toBe('method')
    expect(storing(LIVES, { status: 103 })).toBe('interim')
    expect(storing(LIVES, { status: 304 })).toBe('not-modified')
    expect(storing(LIVES, { status: 206 })).toBe('partial')
    expect(storing({ ...LIVES, 'content-range': 'bytes 0-4/10' }, { status: 206 })).toBe('stored')
  })
})

describe('how long it is fresh (RFC 9111 section 4.2)', () => {
  const lifetime = (fields: Record<string, string>, status = 200): number =>
    stored(fields, { status }).facts.lifetimeMs / 1000

  it.each([
    [{ 'cache-control': 's-maxage=10, max-age=60', expires: date(HOUR) }, 10],
    [{ 'cache-control': 'max-age=60', expires: date(HOUR) }, 60],
    [{ 'cache-control': 'max-age=60', expires: '0' }, 60],
    [{ date: date(), expires: date(60_000) }, 60],
    [{ date: date(-10_000), expires: date(60_000) }, 70],
    [{ expires: date(60_000) }, 60],
    [{ expires: date(-60_000) }, 0],
    [{ expires: '0', 'last-modified': date(-HOUR) }, 0],
    [{ expires: 'tomorrow', 'last-modified': date(-HOUR) }, 0],
    [{ 'cache-control': 'max-age=x', 'last-modified': date(-HOUR) }, 0],
    [{ 'last-modified': date(-HOUR) }, 360],
    [{ 'last-modified': date(-1000 * HOUR) }, 86_400],
    [{ 'last-modified': date(HOUR) }, 0],
    [{}, 0],
  ])('[HCA13] takes the first that says it: %j for %s seconds', (fields, seconds) => {
    expect(lifetime(fields)).toBe(seconds)
  })

  it('[HCA13] passes over Expires where a field is aimed at us', () => {
    expect(lifetime({ 'cdn-cache-control': 'must-revalidate', expires: date(60_000) })).toBe(0)
  })

  it('[HCA13] is stale at the very end of its lifetime', () => {
    const one = stored({ 'cache-control': 'max-age=60' })
    expect(decideReuse(one, NO_WISHES, NOON + 59_999, TRANSPARENT)).toEqual({ kind: 'fresh' })
    expect(decideReuse(one, NO_WISHES, NOON + 60_000, TRANSPARENT)).toEqual({ kind: 'confirm', why: 'stale' })
  })

  it.each([
    ['its own Age', { age: '10' }, 10],
    ['the first of several', { age: '10, 20' }, 10],
    ['nothing for what is no Age', { age: '-10' }, 0],
    ['nothing for a fraction', { age: '1.5' }, 0],
    ['its Date, when that is older', { age: '10', date: date(-20_000) }, 20],
    ['nothing for a Date ahead', { date: date(20_000) }, 0],
  ])('[HCA14] is as old on arrival as %s says', (_, fields, seconds) => {
    const one = stored(fields)
    expect(ageAt(NOON, one)).toBe(seconds * 1000)
    expect(ageAt(NOON + 5000, one)).toBe(seconds * 1000 + 5000)
  })

  it('[HCA14] counts the time the answer took', () => {
    expect(ageAt(NOON, stored({ age: '10' }, { tookMs: 3000 }))).toBe(13_000)
  })

  it('[HCA14] takes the Date of the second in which it was asked for no age', () => {
    expect(ageAt(NOON + 900, stored({ date: date() }, { at: NOON + 900, tookMs: 10 }))).toBe(10)
  })

  it('[HCA15] adds a Date where the origin wrote none', () => {
    expect(stored({}).fields).toContainEqual(['date', date()])
  })
})

describe('which stored response (RFC 9111 section 4.1)', () => {
  const german = stored({ vary: 'Accept-Language' }, { request: { 'accept-language': 'de' } })
  const english = stored({ vary: 'accept-language' }, { request: { 'accept-language': 'en' } })
  const nobody = stored({ vary: 'Accept-Language' })
  const find = (request: Record<string, string>) => select([german, english, nobody], fieldsOf(request), true)

  it('[HCA16] has the values of the fields that Vary named', () => {
    expect(find({ 'accept-language': 'de' })).toBe(german)
    expect(find({ 'accept-language': 'en', 'x-other': '1' })).toBe(english)
    expect(find({ 'accept-language': 'fr' })).toBeUndefined()
  })

  it('[HCA16] finds an absent field only where it was absent', () => {
    expect(find({})).toBe(nobody)
    expect(select([german], fieldsOf({}), true)).toBeUndefined()
    expect(find({ 'accept-language': '' })).not.toBe(nobody)
  })

  it.each([
    ['x-list', 'a,b', 'a ,  b', true],
    ['x-list', 'a,b', 'b,a', false],
    ['x-list', 'a', 'A', false],
    ['accept-encoding', 'gzip, br', 'BR,gzip', true],
    ['accept-language', 'de;q=1.0, en;q=0.5', 'en; q=0.5, de', true],
    ['accept-language', 'de, en;q=0.5', 'de;q=0.5, en', false],
  ])('[HCA16] compares %s "%s" with "%s": same is %s', (name, one, other, isSame) => {
    const kept = stored({ vary: name }, { request: { [name]: one } })
    expect(select([kept], fieldsOf({ [name]: other }), true) === kept).toBe(isSame)
  })

  it('[HCA16] never answers again where everything matters', () => {
    expect(selectingOf(fieldsOf({ vary: 'accept, *' }), [])).toBeNull()
  })

  it('[HCA17] takes the newest by Date of several, and one with Vary before one without', () => {
    const plain = stored({ date: date(5000) })
    const older = stored({ vary: 'accept', date: date(-5000) })
    const newer = stored({ vary: 'accept-language', date: date(-1000) })
    expect(select([older, newer, plain], [], true)).toBe(newer)
    expect(select([older, plain], [], true)).toBe(older)
  })
})

describe('what may be used as it is (RFC 9111 sections 4.2.4 and 5.2, RFC 5861)', () => {
  const decide = (value: string, ageMs: number, wishes: Partial<Wishes> = {}, policy = TRANSPARENT) =>
    decideReuse(stored({ 'cache-control': value }), { ...NO_WISHES, ...wishes }, NOON + ageMs, policy)
  const CONFIRM = { kind: 'confirm', why: 'stale' }
  const ASKED = { kind: 'confirm', why: 'request' }

  it('[HCA18] has no-cache confirmed however young it is', () => {
    expect(decide('no-cache, max-age=60', 0)).toEqual(CONFIRM)
    expect(decide('no-cache="x", max-age=60', 0)).toEqual({ kind: 'fresh' })
  })

  it('[HCA19] is used stale within stale-while-revalidate, and refreshed behind', () => {
    expect(decide('max-age=10, stale-while-revalidate=20', 10_000)).toEqual({ kind: 'stale', refresh: true })
    expect(decide('max-age=10, stale-while-revalidate=20', 30_000)).toEqual({ kind: 'stale', refresh: true })
    expect(decide('max-age=10, stale-while-revalidate=20', 30_001)).toEqual(CONFIRM)
  })

  it.each(['must-revalidate', 'proxy-revalidate', 's-maxage=10', 'no-cache'])(
    '[HCA20] is never used stale against %s',
    (directive) => {
      expect(decide(`max-age=10, stale-while-revalidate=60, ${directive}`, 10_000, { maxStale: Infinity })).toEqual(
        CONFIRM,
      )
      const one = stored({ 'cache-control': `max-age=10, stale-if-error=60, ${directive}` })
      expect(mayStandIn(one, NO_WISHES, { kind: 'unreachable' }, NOON + 11_000, TRANSPARENT)).toBe(false)
    },
  )

  it.each([
    [{ noCache: true }, 1000, ASKED],
    [{ maxAge: 5 }, 5000, { kind: 'fresh' }],
    [{ maxAge: 5 }, 5001, ASKED],
    [{ maxAge: 0 }, 0, ASKED],
    [{ minFresh: 50 }, 10_000, { kind: 'fresh' }],
    [{ minFresh: 51 }, 10_000, ASKED],
    [{ maxStale: 10 }, 70_000, { kind: 'stale', refresh: false }],
    [{ maxStale: 10 }, 70_001, CONFIRM],
    [{ maxStale: Infinity }, 9_000_000, { kind: 'stale', refresh: false }],
  ])('[HCA21] hears the request that says %j at an age of %s ms', (wishes, ageMs, outcome) => {
    expect(decide('max-age=60', ageMs, wishes)).toEqual(outcome)
  })

  it('[HCA21] asks nobody after what is immutable and fresh, unless by no-cache', () => {
    expect(decide('max-age=60, immutable', 1000, { maxAge: 0 })).toEqual({ kind: 'fresh' })
    expect(decide('max-age=60, immutable', 1000, { noCache: true })).toEqual(ASKED)
    expect(decide('max-age=60, immutable', 60_000, { maxAge: 0 })).toEqual(ASKED)
  })

  it('[HCA21] lets nobody pierce a storefront’s cache by asking', () => {
    expect(decide('max-age=60', 10_000, { noCache: true, maxAge: 0 }, STOREFRONT)).toEqual({ kind: 'fresh' })
  })

  it.each([
    ['max-age=10, stale-if-error=20', 500, 30_000, true],
    ['max-age=10, stale-if-error=20', 504, 30_001, false],
    ['max-age=10, stale-if-error=20', 404, 11_000, false],
    ['max-age=10, stale-if-error=20', 501, 11_000, false],
    ['max-age=10', 503, 11_000, false],
    ['max-age=10', null, 11_000, true],
    ['max-age=10', null, 25 * HOUR, false],
    ['max-age=10, stale-if-error=20', null, 30_001, false],
  ])('[HCA22] stands in, being %s, for a %s at an age of %s ms: %s', (value, status, ageMs, outcome) => {
    const trouble = status === null ? { kind: 'unreachable' as const } : { kind: 'status' as const, status }
    const one = stored({ 'cache-control': value })
    expect(mayStandIn(one, NO_WISHES, trouble, NOON + ageMs, TRANSPARENT)).toBe(outcome)
  })

  it('[HCA22] stands in when the request itself allows it', () => {
    const one = stored({ 'cache-control': 'max-age=10' })
    const trouble = { kind: 'status' as const, status: 503 }
    expect(mayStandIn(one, { ...NO_WISHES, staleIfError: 60 }, trouble, NOON + 20_000, TRANSPARENT)).toBe(true)
    expect(mayStandIn(one, { ...NO_WISHES, staleIfError: 60 }, trouble, NOON + 20_000, STOREFRONT)).toBe(false)
  })

  it('[HCA14] carries its age with it: no tier starts the clock anew', () => {
    const one = structuredClone(stored({ 'cache-control': 'max-age=60', age: '20' }))
    expect(ttlAt(NOON + 10_000, one)).toBe(30_000)
    expect(usefulForMs(one, NOON)).toBe(40_000)
    expect(usefulForMs(stored({ 'cache-control': 'max-age=60, stale-if-error=9' }), NOON)).toBe(69_000)
  })
})
