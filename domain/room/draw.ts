/**
 * The draw: who joined before the opening is put in order by lot, in a way that anybody can check afterwards and nobody
 * could have steered before.
 *
 * When the drop is first described we draw a seed and publish its SHA-256, the commitment. A place's lot is a digest of
 * its id, which its owner knows from joining on. At the opening the lots are closed; the SHA-256 of all of them, in
 * ascending order, is the public value: one lot more or less makes another one, so it is nobody's choice and cannot be
 * known before. Seed and public value are mixed, each lot's key is SHA-256(mix ‖ lot), and the lots stand in the order
 * of their keys. Then everything is published (docs/concepts/the-draw.md).
 *
 * What this does not protect against: whoever can read our own storage knows the seed before the opening, and could try
 * out lots until the last second. It takes an insider, and they must win that race against everybody else who joins.
 */
import { assert } from '../basics/assert.ts'
import { ascending, bytesOfAscii, hexOf, joined, type Digest } from './bytes.ts'

/** Says how to recompute it; changes whenever anything below does. */
export const ALGORITHM = 'onrush-draw-1: key = SHA-256(SHA-256(seed || public_value) || lot), ascending'

export const SEED_BYTES = 32
/** 128 bits: no two places of a drop have the same lot. */
export const LOT_BYTES = 16
const KEY_BYTES = 32

export const lotOf = (placeId: string, digest: Digest): Uint8Array =>
  digest(bytesOfAscii(`onrush lot ${placeId}`)).slice(0, LOT_BYTES)

export const commitmentOf = (seed: Uint8Array, digest: Digest): string => hexOf(digest(seed))

/** A digest over all lots, the same however they were collected. `lots`: the bytes of all of them, one after another. */
export const rootOf = (lots: Uint8Array, digest: Digest): string =>
  hexOf(digest(inOrder(lots, ascending(lots, LOT_BYTES))))

/** The lots in this order of their indices. */
export function inOrder(lots: Uint8Array, order: Uint32Array): Uint8Array {
  assert(lots.length === order.length * LOT_BYTES, 'each lot has its turn')
  const ordered = new Uint8Array(lots.length)
  order.forEach((lot, i) => ordered.set(lots.subarray(lot * LOT_BYTES, (lot + 1) * LOT_BYTES), i * LOT_BYTES))
  return ordered
}

export const mixOf = (seed: Uint8Array, publicValue: Uint8Array, digest: Digest): Uint8Array =>
  digest(joined(seed, publicValue))

/**
 * A draw under way, in slices: a crowd's lots take longer to hash than one turn should. Nothing of it needs to be kept;
 * from the same lots and the same mix it comes out the same.
 */
export class Draw {
  readonly #lots: Uint8Array
  readonly #digest: Digest
  readonly #keys: Uint8Array
  /** The mix, and room for a lot behind it. */
  readonly #message: Uint8Array
  #hashed = 0

  constructor(lots: Uint8Array, mix: Uint8Array, digest: Digest) {
    assert(lots.length % LOT_BYTES === 0, 'whole lots')
    this.#lots = lots
    this.#digest = digest
    this.#keys = new Uint8Array((lots.length / LOT_BYTES) * KEY_BYTES)
    this.#message = joined(mix, new Uint8Array(LOT_BYTES))
  }

  get #count(): number {
    return this.#lots.length / LOT_BYTES
  }

  /** Hashes up to `count` more lots. False: there are none left. */
  step(count: number): boolean {
    for (const until = Math.min(this.#count, this.#hashed + count); this.#hashed < until; this.#hashed++) {
      const at = this.#hashed * LOT_BYTES
      this.#message.set(this.#lots.subarray(at, at + LOT_BYTES), this.#message.length - LOT_BYTES)
      this.#keys.set(this.#digest(this.#message), this.#hashed * KEY_BYTES)
    }
    return this.#hashed < this.#count
  }

  /** Once everything is hashed: the index, in the list of lots, of the lot in each position; the first has position 1. */
  order(): Uint32Array {
    assert(this.#hashed === this.#count, 'every lot is hashed before they are put in order')
    return ascending(this.#keys, KEY_BYTES)
  }
}

/** All at once, for checking and for tests. */
export function orderOf(lots: Uint8Array, mix: Uint8Array, digest: Digest): Uint32Array {
  const draw = new Draw(lots, mix, digest)
  draw.step(Infinity)
  return draw.order()
}
