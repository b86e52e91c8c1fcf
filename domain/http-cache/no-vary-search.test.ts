import { describe, expect, it } from 'vitest'
import { noVarySearchOf, reducedKey } from './no-vary-search.ts'

const rule = (field: string) => noVarySearchOf([['no-vary-search', field]])
const same = (field: string, one: string, other: string): boolean => {
  const found = rule(field)!
  return reducedKey(`https://a.example/p${one}`, found) === reducedKey(`https://a.example/p${other}`, found)
}

describe('No-Vary-Search', () => {
  it.each([
    ['params=("utm")', '?utm=1', '?utm=2', true],
    ['params=("utm")', '?utm=1', '', true],
    ['params=("utm")', '?x=1&utm=1', '?x=1', true],
    ['params=("utm")', '?x=1', '?x=2', false],
    ['params=("utm")', '?x=1&y=2', '?y=2&x=1', false],
    ['params=("a b")', '?a+b=1', '?a%20b=2', true],
    ['params=("utm")', '?x=%41', '?x=A', true],
    ['params=("utm")', '?x=%FF', '?x=%FE', false],
    ['params=("utm")', '?x=1', '?x=1&', true],
    ['params=("utm")', '?x', '?x=', true],
    ['key-order', '?x=1&y=2', '?y=2&x=1', true],
    ['key-order', '?x=1&x=2', '?x=2&x=1', false],
    ['params', '?a=1', '?b=2', true],
    ['params, except=("id")', '?id=1&a=1', '?b=2&id=1', true],
    ['params, except=("id")', '?id=1', '?id=2', false],
    ['key-order, params, except=("a" "b")', '?a=1&b=2&c=3', '?b=2&a=1', true],
    ['params=("utm"), unheard-of=1', '?utm=1', '', true],
  ])('[HCA45] %s takes %j and %j for one: %s', (field, one, other, isSame) => {
    expect(same(field, one, other)).toBe(isSame)
  })

  it.each([
    ...['', 'params=?0', 'key-order=?0', 'params=()', 'params="utm"', 'params=(utm)', 'params=1', 'key-order=1'],
    ...['except=("a")', 'params=("a"), except=("b")', 'params, except=a', 'params, except=(1)', 'params=("a"'],
  ])('[HCA45] says nothing as %j', (field) => {
    expect(rule(field)).toBeNull()
  })

  it('[HCA45] is found by nobody who knows another rule, and by no address', () => {
    const address = 'https://a.example/p?x=1'
    const keys = ['params=("utm")', 'params=("utm" "ref")', 'key-order', 'params=("utm"), key-order'].map((field) =>
      reducedKey(address, rule(field)!),
    )
    expect(new Set(keys).size).toBe(4)
    for (const key of keys) expect(key).toMatch(/^https:\/\/a\.example\/p\?x=1#./)
    expect(reducedKey(address, rule('params=("b" "a")')!)).toBe(reducedKey(address, rule('params=("a" "b")')!))
  })
})
