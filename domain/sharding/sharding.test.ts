import { describe, expect, it } from 'vitest'
import { BUCKETS, bucketFor, orderBookFor } from './bucket.ts'
import { murmur3 } from './murmur3.ts'

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
    expect(orderBookFor('store_a', 17)).not.toBe(orderBookFor('store_b', 17))
  })
})
