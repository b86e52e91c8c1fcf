import { describe, expect, it } from 'vitest'
import { httpDate, isUnchanged, matches, partAsked, unchanged } from './conditional.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const WRITTEN = NOW - 3_600_000 + 345
const HALF_A_SECOND_LATER = httpDate(WRITTEN)
const asked = (fields: Record<string, string>): Headers => new Headers(fields)
const dated = { etag: '"a"', lastModifiedAt: WRITTEN }

describe('If-None-Match', () => {
  it.each([
    ['"a"', true],
    ['W/"a"', true],
    ['"x", "a"', true],
    ['"x",W/"a"\t, "y"', true],
    ['"x, ", "a"', true],
    ['*', true],
    [' * ', true],
    ['"A"', false],
    ['a', false],
    ['"x, a"', false],
    [String.raw`"\"a"`, false],
    ['', false],
  ])('[HTT10] %s is compared weakly, tag by tag: %s', (field, is) => {
    expect(matches(field, '"a"')).toBe(is)
    expect(matches(field, 'W/"a"')).toBe(is)
  })

  it('[HTT10] decides alone where it came, whatever the date beside it says', () => {
    const since = { 'if-modified-since': httpDate(NOW) }
    expect(isUnchanged(asked({ ...since, 'if-none-match': '"x"' }), dated, NOW)).toBe(false)
    expect(isUnchanged(asked({ 'if-modified-since': httpDate(0), 'if-none-match': '"a"' }), dated, NOW)).toBe(true)
  })
})

describe('If-Modified-Since', () => {
  it.each([
    [HALF_A_SECOND_LATER, true],
    [httpDate(NOW), true],
    [httpDate(WRITTEN - 1000), false],
    ['yesterday', false],
    [String(NOW), false],
    ['2026-11-22T12:00:00Z', false],
  ])('[HTT29] %s is heard where there is a date: %s', (date, is) => {
    expect(isUnchanged(asked({ 'if-modified-since': date }), dated, NOW)).toBe(is)
  })

  it('[HTT29] is passed over where there is none', () => {
    expect(isUnchanged(asked({ 'if-modified-since': httpDate(NOW) }), { etag: '"a"' }, NOW)).toBe(false)
  })
})

it('[HTT10] keeps of the 200 what steers caches, and nothing of its content', () => {
  const fields = { etag: '"a"', vary: 'Accept-Language', 'cache-control': 'private', 'cache-groups': '"products"' }
  const { status, headers } = unchanged(new Headers({ ...fields, 'content-type': 'text/html', 'content-length': '9' }))
  expect([status, Object.fromEntries(headers)]).toEqual([304, fields])
})

describe('Range', () => {
  it.each([
    ['bytes=0-3', { first: 0, last: 3 }],
    ['bytes=4-', { first: 4, last: 9 }],
    ['bytes=-4', { first: 6, last: 9 }],
    ['bytes=-40', { first: 0, last: 9 }],
    ['bytes=8-40', { first: 8, last: 9 }],
    ['bytes=10-', 'none'],
    ['bytes=-0', 'none'],
    ['bytes=3-1', null],
    ['bytes=0-1, 3-4', null],
    ['bytes=', null],
    ['bytes=a-b', null],
    ['pages=0-1', null],
  ])('[HTT30] %s of ten bytes is %j', (range, part) => {
    expect(partAsked(asked({ range }), dated, 10, NOW)).toEqual(part)
  })

  it.each([
    ['"a"', true],
    ['"b"', false],
    ['W/"a"', false],
    [HALF_A_SECOND_LATER, true],
    [httpDate(NOW), false],
    ['yesterday', false],
  ])('[HTT30] is answered beside If-Range %s only of the very same document: %s', (condition, is) => {
    const part = partAsked(asked({ range: 'bytes=0-3', 'if-range': condition }), dated, 10, NOW)
    expect(part).toEqual(is ? { first: 0, last: 3 } : null)
  })

  it('[HTT30] takes no weak tag and no date within its second for the very same', () => {
    const range = { range: 'bytes=0-3' }
    const weak = { etag: 'W/"a"', lastModifiedAt: WRITTEN }
    expect(partAsked(asked({ ...range, 'if-range': 'W/"a"' }), weak, 10, NOW)).toBeNull()
    const early = partAsked(asked({ ...range, 'if-range': httpDate(WRITTEN) }), dated, 10, WRITTEN + 900)
    expect(early).toBeNull()
  })
})
