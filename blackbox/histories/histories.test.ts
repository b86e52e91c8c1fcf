/** What some hundred clients saw of a few keys, holds and visitors of the running shop, while its Worker is killed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startShop, type Shop } from '../../local/runner/shop.ts'
import { Operator } from '../operator.ts'
import { recordAndCheck, UNHINDERED } from './record.ts'

let shop: Shop
let operator: Operator

beforeAll(async () => {
  shop = await startShop({ empty: true, vars: UNHINDERED })
  operator = new Operator(shop.url, shop.operatorKey)
}, 90_000)
afterAll(() => shop?.stop(), 30_000)

describe('the running shop', () => {
  it('[LIN8] answers its keys, holds and limits as if one question came at a time, through kills and aborts', async () => {
    const histories = await recordAndCheck(shop, operator, { keys: 10, holds: 10, visitors: 4, clients: 12 }, 1)
    expect(histories.filter(({ verdict }) => verdict.verdict !== 'linearizable')).toEqual([])
    const operations = histories.reduce((sum, one) => sum + one.operations, 0)
    const open = histories.reduce((sum, one) => sum + one.open, 0)
    expect(operations, 'something was seen').toBeGreaterThan(500)
    expect(open, 'the blow fell in the middle').toBeGreaterThan(0)
  }, 60_000)
})
