/** Bytes, as far as the draw needs them: domain/ knows neither Buffer nor TextEncoder. */
import { assert } from '../basics/assert.ts'

/** A cryptographic digest without a promise: SHA-256 in production, handed in. 32 bytes. */
export type Digest = (bytes: Uint8Array) => Uint8Array

export const hexOf = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}

export function bytesOfHex(text: string): Uint8Array {
  assert(/^([0-9a-f]{2})*$/.test(text), 'hexadecimal, in lower case')
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))
}

/** The bytes of plain ASCII text, which all ids are. */
export function bytesOfAscii(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length }, (_, i) => {
    const code = text.charCodeAt(i)
    assert(code < 0x80, 'ASCII only')
    return code
  })
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
