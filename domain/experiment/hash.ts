/**
 * The published hash: who falls where. GrowthBook's second version of FNV-1a, its ranges and its namespaces, so that a shop
 * which asks GrowthBook's own SDK in a browser or another server hears what we say, for every visitor.
 *
 * FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv; the rules around it as docs.growthbook.io/lib/build-your-own
 * writes them down. A place needs no storage: it follows from the experiment's key and the visitor's id alone.
 */

/** From `start`, to below `end`, on a line from 0 to 1. */
export type Range = readonly [start: number, end: number]

/** FNV-1a over UTF-16 code units, as JavaScript sees a text. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return hash >>> 0
}

/** A visitor's place on the line of an experiment, in steps of 1/10,000. Hashing twice keeps two experiments apart. */
export const placeOnLine = (seed: string, visitorId: string): number =>
  (fnv1a(String(fnv1a(seed + visitorId))) % 10_000) / 10_000

/** A visitor's place on the line of a namespace, in steps of 1/1,000: the first version of the hash, as GrowthBook has it. */
export const placeInNamespace = (namespace: string, visitorId: string): number =>
  (fnv1a(`${visitorId}__${namespace}`) % 1000) / 1000

/**
 * Each variation's part of the line. A part begins where the weights before it end, and `coverage` shortens it from its
 * end: when more visitors are let in later, nobody who was in changes sides.
 */
export function rangesOf(weights: readonly number[], coverage: number): Range[] {
  const share = Math.min(1, Math.max(0, coverage))
  let start = 0
  return weights.map((weight) => {
    const range: Range = [start, start + share * weight]
    start += weight
    return range
  })
}

export const isWithin = (place: number, [start, end]: Range): boolean => place >= start && place < end

/** Which part a place is in; -1: none. */
export const rangeAt = (place: number, ranges: readonly Range[]): number =>
  ranges.findIndex((range) => isWithin(place, range))
