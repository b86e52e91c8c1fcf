import { describe, expect, it } from 'vitest'
import { readBody } from './index.ts'
import { ARRAY_ITEMS_MAX, DEPTH_MAX, refusalOfShape } from './json-shape.ts'

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

describe('the shape of JSON', () => {
  it.each([
    [DEPTH_MAX, null],
    [DEPTH_MAX + 1, 'json_too_deep'],
    [100_000, 'json_too_deep'],
  ])('[HTT5] takes %i levels: %s', (depth, code) => {
    expect(refusalOfShape(nested(depth))?.code ?? null).toBe(code)
  })

  it('[HTT5] does not count brackets in strings, escaped quotes and all', () => {
    expect(refusalOfShape(JSON.stringify({ text: `"\\${'['.repeat(100)}` }))).toBeNull()
  })

  it.each([
    [ARRAY_ITEMS_MAX, null],
    [ARRAY_ITEMS_MAX + 1, 'array_too_long'],
  ])('[HTT5] takes a list of %i items: %s', (items, code) => {
    expect(refusalOfShape(JSON.stringify({ deep: { list: Array(items).fill(1) } }))?.code ?? null).toBe(code)
  })

  it.each(['', '{', '{"a":1} x', "{'a':1}", '{"a":01}', 'undefined', '[1,]'])('[HTT3] refuses %j', (text) => {
    expect(refusalOfShape(text)?.code).toBe('malformed_json')
  })

  it.each([
    ['{"a":["x\\u0000"]}', '/a/0'],
    ['{"a":{"b":"\\ud800"}}', '/a/b'],
    ['{"a":"\\udc00\\ud800"}', '/a'],
    ['{"a":{"\\u0000":1}}', '/a'],
  ])('[HTT28] refuses %s, naming %s', (text, pointer) => {
    expect(refusalOfShape(text)).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] })
  })

  it('[HTT28] takes letters beyond the basic plane', () => {
    expect(refusalOfShape('{"a":"\\ud83d\\ude00 \u{1f600}"}')).toBeNull()
  })

  it('[HTT6] refuses a name that reaches for the prototype, however deep', () => {
    expect(refusalOfShape('{"lines":[{"__proto__":{"admin":true}}]}')).toEqual({
      code: 'invalid_request',
      errors: [{ pointer: '/lines/0/__proto__', problem: 'There is no such field.' }],
    })
  })
})

describe('reading a body', () => {
  const post = (body: BodyInit, headers: Record<string, string> = {}) =>
    new Request('https://shop.test/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit)

  it.each([
    [100, true],
    [101, false],
  ])('[HTT5] takes %i of 100 bytes: %s', async (bytes, ok) => {
    expect((await readBody(post('x'.repeat(bytes)), 100)).ok).toBe(ok)
  })

  it('[HTT5] cuts an endless stream at the limit and reads no further', async () => {
    let sent = 0
    let isCancelled = false
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1000
        controller.enqueue(new Uint8Array(1000))
      },
      cancel: () => {
        isCancelled = true
      },
    })
    expect(await readBody(post(endless), 5000)).toEqual({
      ok: false,
      refusal: { code: 'body_too_large', limitBytes: 5000 },
    })
    expect(sent).toBeLessThan(10_000)
    expect(isCancelled).toBe(true)
  })

  it('[HTT3] answers for a body that breaks off as for a mistake of the client', async () => {
    const broken = new ReadableStream({
      pull(controller) {
        controller.error(new Error('connection lost'))
      },
    })
    expect(await readBody(post(broken), 5000)).toEqual({ ok: false, refusal: { code: 'body_broken_off' } })
  })
})
