/**
 * Consistent hashing: keys and members lie on a ring of 2^32 points, and a key belongs to the member that comes next
 * (Karger et al., STOC 1997). Each member lies there many times over, so that shares are even; when one joins, keys move
 * to it and between no others.
 */
import { assert } from '../basics/assert.ts'
import { murmur3 } from './murmur3.ts'

/** Points a member of weight 1 has on the ring. The busiest of sixteen has about a tenth more than its share. */
export const POINTS = 256

export interface Member {
  name: string
  /** How many times an ordinary share it takes. */
  weight: number
}

export class Ring {
  readonly #points: Uint32Array
  /** Whose point it is, by its place in `#points`. */
  readonly #owners: Uint16Array
  readonly #names: readonly string[]

  constructor(members: readonly Member[]) {
    assert(members.length > 0 && members.length < 2 ** 16, `${members.length} members make no ring`)
    this.#names = members.map(({ name }) => name)
    const placed = members.flatMap(({ name, weight }, owner) =>
      Array.from({ length: Math.max(1, Math.round(POINTS * weight)) }, (_, i) => ({
        at: murmur3(`${name}#${i}`),
        owner,
      })),
    )
    // Two points in one place: the name decides, so that the order in which members were listed does not.
    placed.sort((a, b) => a.at - b.at || (this.#names[a.owner]! < this.#names[b.owner]! ? -1 : 1))
    this.#points = Uint32Array.from(placed, ({ at }) => at)
    this.#owners = Uint16Array.from(placed, ({ owner }) => owner)
  }

  /** The member that a key belongs to; the same for ever, as long as the members stay the same. */
  ownerOf(key: string): string {
    return this.#names[this.#owners[this.#next(murmur3(key))]!]!
  }

  /** The place of the first point at or after this one, around the end of the ring if need be. */
  #next(at: number): number {
    let low = 0
    let high = this.#points.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#points[middle]! < at) low = middle + 1
      else high = middle
    }
    return low === this.#points.length ? 0 : low
  }
}
