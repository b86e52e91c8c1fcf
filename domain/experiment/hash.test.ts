import { GrowthBook } from '@growthbook/growthbook'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fnv1a, isWithin, placeInNamespace, placeOnLine, rangeAt, rangesOf } from './hash.ts'

const visitors = (count: number): string[] => Array.from({ length: count }, (_, i) => `vis_${i}`)
const places = visitors(20_000).map((id) => placeOnLine('shelf-order', id))

describe('the hash', () => {
  // Landon Curt Noll's published vectors for 32-bit FNV-1a.
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ])('[EXP1] is FNV-1a: of "%s"', (text, hash) => {
    expect(fnv1a(text)).toBe(hash)
  })

  it('[EXP1] says what GrowthBook says, of any experiment and any visitor', () => {
    const slug = fc.stringMatching(/^[a-z0-9]{1,12}(-[a-z0-9]{1,12}){0,3}$/)
    const weights = fc
      .array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 6 })
      .map((parts) => parts.map((part) => part / parts.reduce((sum, one) => sum + one, 0)))
    const part = fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 1000 }))
    const namespace = fc.option(
      fc
        .tuple(fc.string(), part)
        .map(([name, [a, b]]) => ({ name, range: [Math.min(a, b) / 1000, Math.max(a, b) / 1000] as const })),
    )
    const coverage = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100)
    fc.assert(
      fc.property(
        fc.record({ key: slug, visitor: fc.string({ unit: 'grapheme', minLength: 1 }), weights, coverage, namespace }),
        (one) => {
          expect(ours(one)).toBe(theirs(one))
        },
      ),
      { numRuns: 3000, seed: 20261121 },
    )
  })

  it('[EXP2] keeps everybody on their side when more are let in', () => {
    const few = rangesOf([0.2, 0.5, 0.3], 0.1)
    const many = rangesOf([0.2, 0.5, 0.3], 0.8)
    const moved = places.filter((place) => rangeAt(place, few) >= 0 && rangeAt(place, few) !== rangeAt(place, many))
    expect(moved).toEqual([])
    expect(places.filter((place) => rangeAt(place, few) >= 0).length).toBeGreaterThan(1500)
  })

  it('[EXP2] gives each variation its share, and no two experiments the same split', () => {
    const halves = rangesOf([0.5, 0.5], 1)
    const share = (chosen: number[]): number =>
      chosen.filter((place) => rangeAt(place, halves) === 0).length / chosen.length
    expect(Math.abs(share(places) - 0.5)).toBeLessThan(0.02)
    const control = visitors(20_000).filter((id) => rangeAt(placeOnLine('shelf-order', id), halves) === 0)
    expect(Math.abs(share(control.map((id) => placeOnLine('button-words', id))) - 0.5)).toBeLessThan(0.02)
  })
})

interface Case {
  key: string
  visitor: string
  weights: number[]
  coverage: number
  namespace: { name: string; range: readonly [number, number] } | null
}

function ours({ key, visitor, weights, coverage, namespace }: Case): number {
  if (namespace && !isWithin(placeInNamespace(namespace.name, visitor), namespace.range)) return -1
  return rangeAt(placeOnLine(key, visitor), rangesOf(weights, coverage))
}

function theirs({ key, visitor, weights, coverage, namespace }: Case): number {
  const book = new GrowthBook({ attributes: { id: visitor } })
  const { inExperiment, variationId } = book.run({
    key,
    variations: weights.map((_, i) => i) as [number, number, ...number[]],
    weights,
    coverage,
    hashVersion: 2,
    ...(namespace && { namespace: [namespace.name, ...namespace.range] as [string, number, number] }),
  })
  book.destroy()
  return inExperiment ? variationId : -1
}
