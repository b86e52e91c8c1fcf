/** Bytes, as far as the draw needs them: domain/ knows neither Buffer nor TextEncoder. */
import { assert } from '../basics/assert.ts'

/** A cryptographic digest without a promise: SHA-256 in production, handed in. 32 bytes. */
export type Digest = (bytes: Uint8Array) => Uint8Array

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export const hexOf = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += HEX[byte]!
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

/** Far enough into a row to tell nearly any two apart, and still exact in a number. */
const PREFIX_BYTES = 6

/** The indices of rows of equal width, in the ascending order of their bytes. Rows are at least six bytes wide. */
export function ascending(rows: Uint8Array, width: number): Uint32Array {
  const count = rows.length / width
  const prefixes = new Float64Array(count)
  for (let row = 0; row < count; row++) {
    let prefix = 0
    for (let i = 0; i < PREFIX_BYTES; i++) prefix = prefix * 256 + rows[row * width + i]!
    prefixes[row] = prefix
  }
  return Uint32Array.from({ length: count }, (_, row) => row).sort(
    (a, b) => prefixes[a]! - prefixes[b]! || differenceOf(rows, a * width, b * width, width),
  )
}

function differenceOf(bytes: Uint8Array, a: number, b: number, width: number): number {
  for (let i = 0; i < width; i++) if (bytes[a + i] !== bytes[b + i]) return bytes[a + i]! - bytes[b + i]!
  return 0
}
