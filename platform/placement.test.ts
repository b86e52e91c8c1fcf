import { describe, expect, it } from 'vitest'
import { stockOf } from './desks.ts'
import { objectNamed, placementOf, placementProblem } from './placement.ts'

const EU = JSON.stringify({ store_eu: { jurisdiction: 'eu', near: 'weur' }, store_au: { near: 'oc' } })
const production = (STORE_PLACES: string) => ({ STORE_PLACES, ENVIRONMENT: 'production' })

/** A namespace that says how it was asked. */
function namespace(jurisdiction = '') {
  const asked = (name: string, options?: unknown) => ({ asked: [jurisdiction, name, options] })
  return { getByName: asked, jurisdiction: (other: string) => namespace(other) } as unknown as DurableObjectNamespace
}
const asked = (name: string, env: object): unknown =>
  (objectNamed(namespace(), name, env) as unknown as { asked: unknown[] }).asked

describe('a store’s objects', () => {
  it('[GEO11] are under its jurisdiction and near its buyers, whoever names them', () => {
    const hint = { locationHint: 'weur' }
    expect(asked('store_eu/LAMP', production(EU))).toEqual(['eu', 'store_eu/LAMP', hint])
    expect(asked('store_eu/drp_1/places-3', production(EU))).toEqual(['eu', 'store_eu/drp_1/places-3', hint])
    expect(asked('store_au/book-1', production(EU))).toEqual(['', 'store_au/book-1', { locationHint: 'oc' }])
    const env = { STOCK: namespace(), ...production(EU) } as unknown as Parameters<typeof stockOf>[0]
    expect(stockOf(env, 'store_eu', 'LAMP')).toEqual({ asked: ['eu', 'store_eu/LAMP', hint] })
  })

  it('[GEO11] are the ones they always were where nothing is said of their store, and on a laptop', () => {
    const plain = ['', 'store_us/LAMP', undefined]
    for (const env of [production(''), production(EU), {}]) expect(asked('store_us/LAMP', env)).toEqual(plain)
    for (const ENVIRONMENT of ['dev', 'test']) {
      expect(asked('store_eu/LAMP', { STORE_PLACES: EU, ENVIRONMENT })).toEqual(['', 'store_eu/LAMP', undefined])
      expect(placementProblem({ STORE_PLACES: EU, ENVIRONMENT }, { id: 'store_eu', jurisdiction: null })).toBeNull()
    }
  })

  it('[GEO11] are never quietly others: a store that was made elsewhere is not served', () => {
    const problem = (id: string, jurisdiction: string | null) => placementProblem(production(EU), { id, jurisdiction })
    expect([problem('store_eu', 'eu'), problem('store_au', null), problem('store_us', null)]).toEqual([
      null,
      null,
      null,
    ])
    expect(problem('store_eu', null)).toContain('made under no jurisdiction')
    expect(problem('store_us', 'eu')).toContain('names no jurisdiction')
  })

  it.each(['{', '[]', 'null', '{"s":1}', '{"s":{"near":"mars"}}', '{"s":{"jurisdiction":7}}', '{"s":{"region":"eu"}}'])(
    '[GEO11] are nowhere while the setting cannot be read: %s',
    (text) => expect(() => placementOf(text, 's')).toThrow(/STORE_PLACES/),
  )
})
