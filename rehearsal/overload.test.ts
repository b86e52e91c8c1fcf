/** The short form of `npm run overload`: many more than can be served, for some seconds. Says nothing of how much was done. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startShop, type Shop } from '../local/runner/shop.ts'
import { Operator } from '../blackbox/operator.ts'
import { sendCrowd } from './crowd-process.ts'
import type { Job, Seen } from './overload/seen.ts'
import { figuresOf, outOfTurn, strangeIn } from './overload/verdict.ts'
import { readPaper } from './paper.ts'

let shop: Shop
beforeAll(async () => {
  shop = await startShop({ empty: true })
}, 90_000)
afterAll(() => shop?.stop(), 30_000)

it('[OVL1] tells everybody of a crowd something that its papers know, and sends nobody away before those who matter less', async () => {
  await new Operator(shop.url, shop.operatorKey).offers('OVERLOAD', 100_000)
  const crowd = { url: shop.url, sku: 'OVERLOAD', seed: 20_261_122, seconds: 2 }
  const job: Job = { ...crowd, clients: null, perSecond: 300, connections: 200 }
  const { heard } = await sendCrowd<Seen>('rehearsal/overload/crowd.ts', job)
  const { fates } = figuresOf(heard, 0, 1e9)
  expect(strangeIn(heard, await readPaper(shop.url))).toEqual([])
  expect(outOfTurn(fates)).toEqual([])
  expect(heard.length).toBeGreaterThan(0)
}, 60_000)
