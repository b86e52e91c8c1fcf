/** The short form of `npm run stampede`: one run, with everything in it. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startShop, type Shop } from '../local/runner/shop.ts'
import { Stampedes } from './stampede/run.ts'

let shop: Shop
beforeAll(async () => {
  shop = await startShop({ empty: true })
}, 90_000)
afterAll(() => shop?.stop(), 30_000)

it('[STP1] sells 30 units to 200 people while objects are aborted, none twice, none left', async () => {
  const outcome = await new Stampedes(shop).run({
    ...{ buyers: 200, units: 30, clients: 32, leaves: 3, room: null, seed: 20_261_121, aborts: true },
  })
  expect(outcome.violations).toEqual([])
  expect(outcome.sold).toBe(30)
  expect(outcome.refusals).toBeGreaterThan(100)
  expect(outcome.aborted).toBeGreaterThan(5)
}, 120_000)

it('[STP5] lets nobody skip the room, nor more in than it may, whatever is aborted', async () => {
  const room = { inside_max: 30, admissions_per_minute: 1_200, pass_duration_ms: 15_000 }
  const outcome = await new Stampedes(shop, 'room').run({
    ...{ buyers: 70, units: 40, clients: 32, leaves: 0, room, seed: 20_261_122, aborts: true, patienceMs: 15_000 },
  })
  expect(outcome.violations).toEqual([])
  expect(outcome.sold).toBeGreaterThan(20)
}, 120_000)
