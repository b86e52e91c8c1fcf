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
import { bytesOfAscii, hexOf, joined, type Digest } from './bytes.ts'

/** Says how to recompute it; changes whenever anything below does. */
export const ALGORITHM = 'onrush-draw-1: key = SHA-256(SHA-256(seed || public_value) || lot), ascending'

export const SEED_BYTES = 32
/** 128 bits: no two places of a drop have the same lot. */
export const LOT_BYTES = 16

export const lotOf = (placeId: string, digest: Digest): Uint8Array =>
  digest(bytesOfAscii(`onrush lot ${placeId}`)).slice(0, LOT_BYTES)

export const commitmentOf = (seed: Uint8Array, digest: Digest): string => hexOf(digest(seed))

/** A digest over all lots, the same however they were collected. `lots`: the bytes of all of them, one after another. */
export function rootOf(lots: Uint8Array, digest: Digest): string {
  const sorted = lotsIn(lots)
    .map((lot) => ({ lot, hex: hexOf(lot) }))
    .sort((a, b) => (a.hex < b.hex ? -1 : 1))
  return hexOf(digest(joined(...sorted.map(({ lot }) => lot))))
}

export const mixOf = (seed: Uint8Array, publicValue: Uint8Array, digest: Digest): Uint8Array =>
  digest(joined(seed, publicValue))

export const keyOf = (mix: Uint8Array, lot: Uint8Array, digest: Digest): string => hexOf(digest(joined(mix, lot)))

/** The lots of a list of bytes. */
export function lotsIn(bytes: Uint8Array): Uint8Array[] {
  assert(bytes.length % LOT_BYTES === 0, 'whole lots')
  return Array.from({ length: bytes.length / LOT_BYTES }, (_, i) => bytes.subarray(i * LOT_BYTES, (i + 1) * LOT_BYTES))
}

/**
 * A draw under way, in slices: a crowd's lots take longer to hash than one turn should. Nothing of it needs to be kept;
 * from the same lots and the same mix it comes out the same.
 */
export class Draw {
  readonly #lots: Uint8Array[]
  readonly #mix: Uint8Array
  readonly #digest: Digest
  readonly #keys: string[] = []

  constructor(lots: Uint8Array, mix: Uint8Array, digest: Digest) {
    this.#lots = lotsIn(lots)
    this.#mix = mix
    this.#digest = digest
  }

  /** Hashes up to `count` more lots. False: there are none left. */
  step(count: number): boolean {
    const until = Math.min(this.#lots.length, this.#keys.length + count)
    while (this.#keys.length < until) this.#keys.push(keyOf(this.#mix, this.#lots[this.#keys.length]!, this.#digest))
    return until < this.#lots.length
  }

  /** Once everything is hashed: the index, in the list of lots, of the lot in each position; the first has position 1. */
  order(): Uint32Array {
    assert(this.#keys.length === this.#lots.length, 'every lot is hashed before they are put in order')
    const order = Uint32Array.from(this.#lots.keys())
    return order.sort((a, b) => (this.#keys[a]! < this.#keys[b]! ? -1 : 1))
  }
}

/** All at once, for checking and for tests. */
export function orderOf(lots: Uint8Array, mix: Uint8Array, digest: Digest): Uint32Array {
  const draw = new Draw(lots, mix, digest)
  draw.step(Infinity)
  return draw.order()
}
