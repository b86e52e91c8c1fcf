/**
 * An operator's key: `onr_<live|test>_<26 letters of chance><6 letters of CRC-32>`, in base 62.
 *
 * The prefix lets secret scanners find a leaked one, and the checksum lets us refuse a mistyped one without asking the
 * database. Only the SHA-256 of a key is kept (platform/postgres/api-keys.ts), so it can be shown once.
 */
import { assert } from '../basics/assert.ts'
import type { Random } from '../basics/random.ts'

export type KeyMode = 'live' | 'test'

/** What a key may do. `*` is everything, including more keys. */
export const SCOPES = [
  '*',
  'catalog:read',
  'catalog:write',
  'stock:read',
  'stock:write',
  'orders:read',
  'orders:write',
  'proof:read',
  'experiments:read',
  'experiments:write',
  'experiments:evaluate',
  'origins:read',
  'origins:write',
  'jobs:read',
  'jobs:write',
  'metrics:read',
  'keys:write',
] as const
export type Scope = (typeof SCOPES)[number]

export interface ApiKey {
  id: string
  storeId: string
  name: string
  hint: string
  scopes: string[]
  createdAt: number
  revokedAt: number | null
}

export const mayDo = (key: Pick<ApiKey, 'scopes'>, scope: Scope): boolean =>
  key.scopes.includes('*') || key.scopes.includes(scope)

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const CHANCE_LETTERS = 26 // 154 bits

export function newOperatorKey(mode: KeyMode, random: Random): string {
  let chance = ''
  while (chance.length < CHANCE_LETTERS) {
    for (const byte of random.bytes(CHANCE_LETTERS)) {
      // Bytes above 247 would make the first letters a little likelier than the rest.
      if (byte < 248 && chance.length < CHANCE_LETTERS) chance += LETTERS[byte % 62]
    }
  }
  const body = `onr_${mode}_${chance}`
  return body + checksumOf(body)
}

/** Whether a text can be a key of ours at all; a wrong letter anywhere makes it false. */
export function isOperatorKey(text: string): boolean {
  if (!/^onr_(live|test)_[0-9A-Za-z]{32}$/.test(text)) return false
  return checksumOf(text.slice(0, -6)) === text.slice(-6)
}

/** What may be shown of a key afterwards. */
export const hintOf = (key: string): string => `${key.slice(0, 13)}…`

function checksumOf(text: string): string {
  let rest = crc32(text)
  let letters = ''
  for (let i = 0; i < 6; i++, rest = Math.floor(rest / 62)) letters = LETTERS[rest % 62]! + letters
  return letters
}

/** CRC-32 (ISO 3309), of ASCII text. */
function crc32(text: string): number {
  let crc = 0xffffffff
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    assert(code < 128, 'a key is ASCII')
    crc ^= code
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
