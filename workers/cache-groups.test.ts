import { describe, expect, it } from 'vitest'
import { dropTag, productTag } from '../domain/catalog/tags.ts'
import { EVERYTHING } from '../domain/freshness/epochs.ts'
import { groupsField, invalidationField, tagOfGroup } from './cache-groups.ts'

const PRODUCT = 'prd_01M808QTXMCC4GEDJ8ETFS583B'
const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `t-${i}`)
const groupsIn = (field: string): string[] => field.split(', ').map((member) => member.slice(1, -1))
/** What a cache does that knows 32 groups of 32 letters and no more. */
const drops = (answer: string, write: string): boolean => {
  const known = (field: string): string[] =>
    groupsIn(field)
      .filter(({ length }) => length <= 32)
      .slice(0, 32)
  return known(write).some((group) => known(answer).includes(group))
}

describe('cache groups', () => {
  it('[CCH17] are short enough for every cache, and lead back to the tag', () => {
    expect(groupsField([productTag(PRODUCT), 'collections'])).toBe(`"${PRODUCT}", "collections", "all"`)
    for (const tag of [productTag(PRODUCT), dropTag('drp_01M808QTXMET30QM563VC2QB1Y'), 'collections']) {
      const [group] = groupsIn(groupsField([tag]))
      expect(group!.length).toBeLessThanOrEqual(32)
      expect(tagOfGroup(group!)).toBe(tag)
    }
  })

  it.each([
    [1, 1],
    [31, 31],
    [32, 1],
    [1, 32],
    [500, 500],
    [500, 1],
    [31, 500],
  ])('[CCH17] have a change drop what is made of it, of %i tags among %i changed', (made, changed) => {
    const [answer, write] = [groupsField(many(made)), invalidationField(many(changed))]
    for (const field of [answer, write]) expect(groupsIn(field).length).toBeLessThanOrEqual(32)
    expect(drops(answer, write)).toBe(true)
    expect(drops(answer, invalidationField([EVERYTHING]))).toBe(true)
  })

  it('[CCH17] leave alone what a change does not touch, and what cannot be named stands for much', () => {
    expect(drops(groupsField(['a', 'b']), invalidationField(['c']))).toBe(false)
    for (const odd of ['"', 'back\\slash', 'ü', 'x'.repeat(33), 'a\nb', '']) {
      expect(drops(groupsField([odd]), invalidationField(['other']))).toBe(true)
      expect(drops(groupsField(['other']), invalidationField([odd]))).toBe(true)
      expect(groupsField([odd])).toMatch(/^("[ !#-[\]-~]{1,32}"(, |$))+$/)
    }
  })
})
