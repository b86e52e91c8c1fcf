import { describe, expect, it } from 'vitest'
import { homeOf } from './books.ts'
import { BUCKETS, bucketFor, numberOfBook, orderBookName } from './bucket.ts'
import { murmur3 } from './murmur3.ts'
import { Ring } from './ring.ts'

describe('buckets', () => {
  it.each([
    ['', 0x00000000, 0],
    ['a', 0x3c2569b2, 434],
    ['ab', 0x9bbfd75f, 863],
    ['abc', 0xb3dd93fa, 1018],
    ['hello', 0x248bfa47, 583],
    ['hello, world', 0x149bbb7f, 895],
    ['é', 0x10110787, 903],
    ['zażółć', 0x100d9e48, 584],
    ['日本', 0xc4d9f942, 322],
    ['😀', 0xbeb42efa, 762],
    ['cust_1', 0x0fdc754e, 334],
    ['cust_42', 0x8fb16ba1, 929],
  ])('[SHD1] gives %j the same home for ever', (key, hash, bucket) => {
    expect(murmur3(key)).toBe(hash)
    expect(bucketFor(key)).toBe(bucket)
  })

  it('[SHD2] spreads a hundred thousand sequential keys evenly', () => {
    const counts = Array.from({ length: BUCKETS }, () => 0)
    for (let i = 0; i < 100_000; i++) counts[bucketFor(`vis_${i}`)]! += 1
    const mean = 100_000 / BUCKETS
    expect(Math.max(...counts) / mean).toBeLessThan(1.5)
    expect(Math.min(...counts) / mean).toBeGreaterThan(0.6)
  })

  it('[SHD3] keeps the books of two stores apart', () => {
    expect(orderBookName('store_a', 1)).not.toBe(orderBookName('store_b', 1))
    expect(numberOfBook(orderBookName('store_a', 1023))).toBe(1023)
  })
})

const members = (count: number, weightOfFirst = 1) =>
  Array.from({ length: count }, (_, i) => ({ name: `book-${i}`, weight: i === 0 ? weightOfFirst : 1 }))
const keys = Array.from({ length: 50_000 }, (_, i) => `vis_${i}`)

function shares(ring: Ring): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(ring.ownerOf(key), (counts.get(ring.ownerOf(key)) ?? 0) + 1)
  return counts
}

describe('the ring', () => {
  it.each([
    [4, 1.15, 0.85],
    [8, 1.2, 0.82],
    [16, 1.25, 0.8],
    [32, 1.3, 0.75],
  ])('[SHD4] gives the busiest of %i members at most %f of its share, and the idlest %f', (count, most, least) => {
    const counts = [...shares(new Ring(members(count))).values()].map((share) => share / (keys.length / count))
    expect(counts).toHaveLength(count)
    expect(Math.max(...counts)).toBeLessThan(most)
    expect(Math.min(...counts)).toBeGreaterThan(least)
  })

  it('[SHD4] gives a member of double weight about twice as much', () => {
    const counts = shares(new Ring(members(8, 2)))
    const others = (keys.length - counts.get('book-0')!) / 7
    expect(counts.get('book-0')! / others).toBeGreaterThan(1.7)
    expect(counts.get('book-0')! / others).toBeLessThan(2.3)
  })

  it('[SHD5] moves to a ninth member about a ninth of the keys, and between the others none', () => {
    const [eight, nine] = [new Ring(members(8)), new Ring(members(9))]
    const moved = keys.filter((key) => eight.ownerOf(key) !== nine.ownerOf(key))
    expect(new Set(moved.map((key) => nine.ownerOf(key)))).toEqual(new Set(['book-8']))
    expect(moved.length / keys.length).toBeGreaterThan(0.08)
    expect(moved.length / keys.length).toBeLessThan(0.14)
  })

  it('[SHD5] does not care in which order its members are listed', () => {
    const [one, other] = [new Ring(members(16)), new Ring(members(16).reverse())]
    expect(keys.filter((key) => one.ownerOf(key) !== other.ownerOf(key))).toEqual([])
  })

  it('[SHD6] names the books that were a visitor’s home while there were fewer, and none that still is', () => {
    const homes = keys.slice(0, 2_000).map((key) => homeOf('store', key, [4, 16]))
    const moved = homes.filter(({ former }) => former.length > 0)
    expect(moved.length / homes.length).toBeGreaterThan(0.68)
    expect(moved.length / homes.length).toBeLessThan(0.82)
    expect(moved.every(({ book, former }) => book >= 4 && former.length === 1)).toBe(true)
  })
})
