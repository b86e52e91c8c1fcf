/**
 * The token of a session: how far the primary's log had come when this session last wrote. It travels in a cookie and in
 * the `Onrush-Bookmark` header, signed, and lets a replica answer "not yet" instead of answering with the past.
 *
 *     v1.<epoch>.<issued at, ms, base 36>.<shard>:<lsn hex>[,…].<HMAC-SHA256, base64url>
 *
 * The epoch names the primary. After a failover or a branch restore positions start again elsewhere, so a token of
 * another epoch proves nothing and its bearer reads from the primary.
 */
import type { Clock } from '../../domain/basics/clock.ts'

/** Replicas are seconds behind at worst; a token older than this no longer matters. */
export const TOKEN_LIFETIME_MS = 30_000
const SHARDS_MAX = 16

/** What a session has written, as far as its token can be trusted. */
export type Session =
  | { kind: 'fresh' } // wrote nothing lately: any replica will do
  | { kind: 'wrote'; positions: ReadonlyMap<string, bigint>; issuedAt: number }
  | { kind: 'distrusted' } // unreadable, forged or of another epoch: the primary

export const FRESH: Session = { kind: 'fresh' }

/** `hi/lo` in hexadecimal to a number that compares rightly; as text `0/9` would come after `0/10`. */
export function lsnFrom(text: string): bigint {
  const [hi, lo] = text.split('/')
  return (BigInt(`0x${hi}`) << 32n) | BigInt(`0x${lo}`)
}

export const lsnText = (lsn: bigint): string =>
  `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffffffffn).toString(16).toUpperCase()}`

/** The later of two positions per shard: having written to both, a session wants to see both. */
export function mergePositions(
  a: ReadonlyMap<string, bigint>,
  b: ReadonlyMap<string, bigint>,
): ReadonlyMap<string, bigint> {
  const merged = new Map(a)
  for (const [shard, lsn] of b) if (lsn > (merged.get(shard) ?? -1n)) merged.set(shard, lsn)
  return merged
}

export class SessionTokens {
  readonly #epoch: string
  readonly #clock: Clock
  readonly #secret: string
  #key: Promise<CryptoKey> | undefined

  constructor(secret: string, epoch: string, clock: Clock) {
    this.#secret = secret
    this.#epoch = epoch
    this.#clock = clock
  }

  async sign(positions: ReadonlyMap<string, bigint>): Promise<string> {
    const list = [...positions].slice(0, SHARDS_MAX).map(([shard, lsn]) => `${shard}:${lsn.toString(16)}`)
    const body = `v1.${this.#epoch}.${this.#clock.now().toString(36)}.${list.join(',')}`
    const mac = await crypto.subtle.sign('HMAC', await this.#hmac(), new TextEncoder().encode(body))
    return `${body}.${toBase64Url(new Uint8Array(mac))}`
  }

  /** What a token proves. Never throws: whatever cannot be read is distrusted. Null is a session that wrote nothing. */
  async read(text: string | null | undefined): Promise<Session> {
    if (text === null || text === undefined || text === '') return FRESH
    const parts = /^(v1\.([0-9a-z]+)\.([0-9a-z]{1,11})\.((?:[a-z0-9_]+:[0-9a-f]{1,16},?){1,16}))\.([\w-]{43})$/.exec(
      text,
    )
    if (!parts) return { kind: 'distrusted' }
    const [, body, epoch, issued, list, mac] = parts
    const bytes = new TextEncoder().encode(body)
    const genuine = await crypto.subtle.verify('HMAC', await this.#hmac(), fromBase64Url(mac!), bytes)
    const issuedAt = parseInt(issued!, 36)
    const age = this.#clock.now() - issuedAt
    if (!genuine || epoch !== this.#epoch || age < -TOKEN_LIFETIME_MS) return { kind: 'distrusted' }
    if (age >= TOKEN_LIFETIME_MS) return FRESH
    const positions = new Map<string, bigint>()
    for (const item of list!.split(',').filter(Boolean)) {
      const [shard, hex] = item.split(':')
      positions.set(shard!, BigInt(`0x${hex}`))
    }
    return { kind: 'wrote', positions, issuedAt }
  }

  /** Imported once an isolate; a key is no I/O and may be shared between requests. */
  #hmac(): Promise<CryptoKey> {
    this.#key ??= crypto.subtle.importKey(
      'raw',
      // Its own purpose in front, so that this key signs nothing that another part of Onrush would accept.
      new TextEncoder().encode(`session-token:${this.#secret}`),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign', 'verify'],
    )
    return this.#key
  }
}

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')

const fromBase64Url = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0))
