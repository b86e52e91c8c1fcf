import { describe, expect, it } from 'vitest'
import { KEY_LETTERS_MAX, parseKey } from './key.ts'

describe('an Idempotency-Key', () => {
  it.each(['a', '8e03978e-40d5-43dd-bc93-6894a57f9324', 'x'.repeat(KEY_LETTERS_MAX), '{~}'])(
    '[IDM2] may be %j',
    (key) => {
      expect(parseKey(key)).toEqual({ ok: true, value: key })
    },
  )

  it('[IDM2] may be quoted, as the draft writes it', () => {
    expect(parseKey('"abc"')).toEqual({ ok: true, value: 'abc' })
  })

  it.each(['', '   ', '""', 'a, b', 'x'.repeat(KEY_LETTERS_MAX + 1), 'ümlaut', 'a b', 'a\tb'])(
    '[IDM2] may not be %j',
    (key) => {
      expect(parseKey(key)).toMatchObject({ ok: false, refusal: { code: 'idempotency_key_malformed' } })
    },
  )

  it('[IDM1] may not be missing', () => {
    expect(parseKey(undefined)).toEqual({ ok: false, refusal: { code: 'idempotency_key_missing' } })
  })
})
