import { describe, expect, it } from 'vitest'
import { tagOfQuestion } from '../freshness/epochs.ts'
import { directivesOf, SECONDS_MAX, wishesOf } from './cache-control.ts'
import { fieldOf, membersOf, onwardFields } from './fields.ts'
import { parseHttpDate } from './http-date.ts'
import { parseDictionary, parseList } from './structured.ts'
import { groupsChanged, tagsOf } from './tags.ts'
import { policyOf } from './targeted.ts'
import { fieldsOf } from './testing.ts'

const NOW = Date.UTC(2026, 10, 21, 12)
const says = (value: string) => directivesOf([['cache-control', value]])

describe('Cache-Control (RFC 9111 section 5.2)', () => {
  it.each([
    ['max-age=60', 60],
    ['MAX-AGE=60', 60],
    ['max-age="60"', 60],
    ['public,max-age=60 , x', 60],
    ['foo="a, max-age=5, b", max-age=60', 60],
    [String.raw`foo="a\", max-age=5", max-age=60`, 60],
    ['max-age=0060', 60],
    ['max-age=99999999999999999999', SECONDS_MAX],
    ['foo=max-age=60', null],
    ['max-age-x=60', null],
    ['max-age =60', null],
  ])('[HCA1] reads %s as a lifetime of %s seconds', (value, seconds) => {
    expect(says(value).maxAge).toBe(seconds)
  })

  it.each([
    'max-age=-60',
    'max-age=60.5',
    'max-age=',
    'max-age',
    'max-age= 60',
    "max-age='60'",
    'max-age=1h',
    'max-age="60',
  ])('[HCA2] takes %s for no lifetime at all', (value) => {
    expect(says(value).maxAge).toBe(0)
  })

  it('[HCA2] believes the shorter of two lifetimes', () => {
    expect(says('max-age=60, max-age=10').maxAge).toBe(10)
    expect(
      directivesOf([
        ['cache-control', 'max-age=10'],
        ['cache-control', 'max-age=60'],
      ]).maxAge,
    ).toBe(10)
  })

  it('[HCA1] hears directives about single fields as token and as string', () => {
    expect(says('no-cache="Set-Cookie, X-Mine"').noCache).toEqual(['set-cookie', 'x-mine'])
    expect(says('private=X-Mine').isPrivate).toEqual(['x-mine'])
    expect(says('no-cache, no-cache="a"').noCache).toBe(true)
    expect(says('private=""').isPrivate).toBe(true)
  })

  it('[HCA1] hears what a request wishes', () => {
    expect(wishesOf([['cache-control', 'max-stale, min-fresh=5, only-if-cached']])).toMatchObject({
      maxStale: Infinity,
      minFresh: 5,
      onlyIfCached: true,
      noCache: false,
    })
    expect(wishesOf([['pragma', 'no-cache']]).noCache).toBe(false)
  })
})

describe('dates (RFC 9110 section 5.6.7)', () => {
  it.each([
    'Sat, 21 Nov 2026 12:00:00 GMT',
    'sat, 21 nov 2026 12:00:00 gmt',
    'Saturday, 21-Nov-26 12:00:00 GMT',
    'Sat Nov 21 12:00:00 2026',
  ])('[HCA3] reads %s', (text) => {
    expect(parseHttpDate(text, NOW)).toBe(NOW)
  })

  it('[HCA3] reads two digits that seem more than fifty years ahead as the past century', () => {
    expect(parseHttpDate('Sunday, 21-Nov-94 12:00:00 GMT', NOW)).toBe(Date.UTC(1994, 10, 21, 12))
    expect(parseHttpDate('Sunday, 21-Nov-60 12:00:00 GMT', NOW)).toBe(Date.UTC(2060, 10, 21, 12))
  })

  it('[HCA3] reads the first of a month in asctime, with its space', () => {
    expect(parseHttpDate('Sun Nov  1 12:00:00 2026', NOW)).toBe(Date.UTC(2026, 10, 1, 12))
  })

  it.each([
    '0',
    '',
    '2026-11-21T12:00:00Z',
    'Sat, 21 Nov 2026 12:00:00 +0000',
    'Sat, 21 Nov 2026 12:00:00 PST',
    'Sat, 21 Nov 2026 12:00:00',
    'Sat 21 Nov 2026 12:00:00 GMT',
    'Sat, 21  Nov 2026 12:00:00 GMT',
    'Sat, 31 Feb 2026 12:00:00 GMT',
    'Sat, 21 Nov 2026 24:00:00 GMT',
    'Sat, 21 Foo 2026 12:00:00 GMT',
    'Sat, 21 Nov 2026 12:00:00 GMT, Sat, 21 Nov 2026 12:00:00 GMT',
  ])('[HCA3] takes "%s" for no date', (text) => {
    expect(parseHttpDate(text, NOW)).toBeNull()
  })
})

describe('structured fields (RFC 9651)', () => {
  it('[HCA4] tells an integer from a decimal, a string and a token', () => {
    const members = parseDictionary('a=60, b=60.0, c="60", d=x/y;p=1, e, f=?0, g=(1 "two");q, h=:aGk=:, i=@5, a=61')
    expect([...members!.entries()].map(([key, { type, value }]) => [key, type, value])).toEqual([
      ['b', 'decimal', 60],
      ['c', 'string', '60'],
      ['d', 'token', 'x/y'],
      ['e', 'boolean', true],
      ['f', 'boolean', false],
      [
        'g',
        'inner-list',
        [
          { type: 'integer', value: 1 },
          { type: 'string', value: 'two' },
        ],
      ],
      ['h', 'bytes', 'aGk='],
      ['i', 'date', 5],
      ['a', 'integer', 61],
    ])
  })

  it.each([
    'a=',
    'a,',
    'A=1',
    'a=1,,b=2',
    'a="x',
    'a=1.2345',
    'a=1.',
    'a=(1 2',
    'a=1 b=2',
    'a=(1,2)',
    'a=1234567890123456',
  ])('[HCA4] drops the whole of "%s"', (text) => {
    expect(parseDictionary(text)).toBeNull()
  })

  it('[HCA4] reads lists of strings', () => {
    expect(parseList(' "a";x=1,\t"b" ')?.map(({ value }) => value)).toEqual(['a', 'b'])
    expect(parseList('"a", ')).toBeNull()
    expect(parseList('')).toEqual([])
  })
})

describe('targeted fields (RFC 9213)', () => {
  const policy = (...fields: [string, string][]) => policyOf(fields)

  it('[HCA5] lets the field aimed at us decide alone', () => {
    const { directives, isTargeted } = policy(['cache-control', 'no-store'], ['cdn-cache-control', 'max-age=60'])
    expect(directives).toMatchObject({ maxAge: 60, noStore: false })
    expect(isTargeted).toBe(true)
  })

  it('[HCA5] asks the field with our own name first', () => {
    expect(
      policy(['cdn-cache-control', 'max-age=1'], ['onrush-cdn-cache-control', 'max-age=2']).directives.maxAge,
    ).toBe(2)
  })

  it.each(['', 'max-age=60,', 'max-age=60, &', 'Max-Age=60'])(
    '[HCA5] passes over "%s", which is not well formed',
    (text) => {
      const { directives, isTargeted } = policy(['cdn-cache-control', text], ['cache-control', 'max-age=9'])
      expect([directives.maxAge, isTargeted]).toEqual([9, false])
    },
  )

  it.each(['max-age="60"', 'max-age=60.0', 'max-age=-1', 'max-age', 'max-age=sixty'])(
    '[HCA5] takes %s for no lifetime, and asks no other field',
    (text) => {
      expect(policy(['cdn-cache-control', text], ['cache-control', 'max-age=9']).directives.maxAge).toBe(0)
    },
  )

  it('[HCA5] hears all it must: no-store, no-cache, private, must-revalidate', () => {
    const { directives } = policy(['cdn-cache-control', 'no-store, no-cache, private, must-revalidate, public=?0'])
    expect(directives).toMatchObject({
      noStore: true,
      noCache: true,
      isPrivate: true,
      mustRevalidate: true,
      isPublic: false,
    })
  })
})

describe('fields', () => {
  it('[HCA6] parts lists at commas outside of quotes', () => {
    expect(membersOf(' a ,"b, c" ,, W/"d,e"')).toEqual(['a', '"b, c"', 'W/"d,e"'])
    expect(membersOf('a, "b\\')).toEqual(['a', '"b\\'])
    expect(membersOf(null)).toEqual([])
  })

  it('[HCA6] joins the lines of one field', () => {
    expect(
      fieldOf(
        [
          ['vary', 'a'],
          ['x', 'y'],
          ['vary', 'b'],
        ],
        'vary',
      ),
    ).toBe('a, b')
  })

  it('[HCA7] lets nothing travel on that ends at this hop, nor what Connection names', () => {
    const fields = onwardFields([
      ['connection', 'close, X-Mine'],
      ['x-mine', '1'],
      ['keep-alive', 'timeout=5'],
      ['te', 'trailers'],
      ['upgrade', 'h2c'],
      ['proxy-connection', 'x'],
      ['transfer-encoding', 'chunked'],
      ['x-unknown', 'stays'],
    ])
    expect(fields).toEqual([['x-unknown', 'stays']])
  })
})

describe('tags of an answer', () => {
  const KEY = 'https://shop.example/lamps?x=1'
  const mine = tagsOf([], KEY)

  it.each([
    [{ 'cache-tag': 'a, b,,a' }, ['a', 'b']],
    [{ 'surrogate-key': ' a  b' }, ['a', 'b']],
    [
      { 'cache-groups': '"a b", "c";p' },
      ['a b', 'c', 'group https://shop.example a b', 'group https://shop.example c'],
    ],
    [{ 'cache-groups': '"a", b' }, []],
    [{ 'cache-groups': '"a' }, []],
  ])('[HCA42] are read from %j', (fields, tags) => {
    expect(tagsOf(fieldsOf(fields), KEY)).toEqual([...tags, ...mine])
  })

  it('[HCA42] have one of the address, the same on every host', () => {
    expect(mine).toEqual([tagOfQuestion('/lamps?x=1')])
    expect(tagsOf([], 'https://other.example/lamps?x=1')).toEqual(mine)
  })

  it('[HCA43] of groups are of their origin, 128 at most', () => {
    const fields = fieldsOf({ 'cache-group-invalidation': '"a", "a"' })
    expect(groupsChanged(fields, KEY)).toEqual(['group https://shop.example a'])
    const many = Array.from({ length: 200 }, (_, n) => `"g${n}"`).join(', ')
    expect(groupsChanged(fieldsOf({ 'cache-group-invalidation': many }), KEY)).toHaveLength(128)
  })
})
