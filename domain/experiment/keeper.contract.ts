/** What every store of exposures and orders promises: the same suite over memory and over SQLite. */
import { expect, it } from 'vitest'
import type { Conversion, Exposure, TallyAsk } from '../message/experiment-desk.ts'
import { ExperimentKeeper, type ExperimentStore } from './keeper.ts'
import { tallyOf, type Tally } from './tally.ts'

const saw = (visitorId: string, variation = 0, at = 1000): Exposure => ({
  ...{ experimentId: 'exp_1', visitorId, variation, at },
})
const bought = (visitorId: string, own: Partial<Conversion> = {}): Conversion => ({
  ...{ orderId: `ord_${visitorId}`, visitorId, version: 2, orderedAt: 2000 },
  ...{ isKept: true, revenue: 5000, refunded: 0, currency: 'EUR' },
  ...own,
})
const asked: TallyAsk = { experimentId: 'exp_1', variations: 2, until: null, currency: 'EUR' }

/** `open` runs the work on a store of its own. */
export function describeExperimentStore(open: (work: (store: ExperimentStore) => void) => Promise<void>): void {
  const counted = async (tell: (keeper: ExperimentKeeper) => void, ask = asked): Promise<Tally[]> => {
    let tallies: Tally[] = []
    await open((store) => {
      const keeper = new ExperimentKeeper(store)
      tell(keeper)
      tallies = keeper.tally(ask)
    })
    return tallies
  }

  it('[EXP15] counts a visitor once an experiment, however often and wherever they are told', async () => {
    const [control, other] = await counted((keeper) => {
      keeper.exposed([saw('ana'), saw('ana', 0, 1500), saw('bo', 1)])
      keeper.exposed([saw('ana'), { ...saw('ana'), experimentId: 'exp_2' }])
    })
    expect([control?.visitors, other?.visitors]).toEqual([1, 1])
  })

  it('[EXP15] counts whoever saw two sides on neither', async () => {
    const [control, other] = await counted((keeper) => {
      keeper.exposed([saw('ana', 0), saw('ana', 1, 1500), saw('bo', 1)])
      keeper.ordered([bought('ana')])
    })
    expect([control?.visitors, control?.crossed, control?.revenue, other?.visitors]).toEqual([0, 1, 0, 1])
  })

  it('[EXP16] counts an order once, whichever of its versions come how often in which order', async () => {
    const versions = [
      bought('ana', { version: 1, isKept: false, revenue: 0 }),
      bought('ana'),
      bought('ana', { version: 3 }),
    ]
    for (const told of [versions, [...versions].reverse(), [...versions, ...versions]]) {
      const [control] = await counted((keeper) => {
        keeper.exposed([saw('ana')])
        for (const one of told) keeper.ordered([one])
      })
      expect(control).toEqual(tallyOf({ orders: 1, revenue: 5000, refunds: 0, before: 0 }))
    }
  })

  it('[EXP16] takes back what was refunded, in part and wholly', async () => {
    const [control] = await counted((keeper) => {
      keeper.exposed([saw('ana'), saw('bo')])
      keeper.ordered([bought('ana'), bought('bo')])
      keeper.ordered([bought('ana', { version: 3, revenue: 2000, refunded: 3000 })])
      keeper.ordered([bought('bo', { version: 3, isKept: false, revenue: 0, refunded: 5000 })])
    })
    expect(control).toMatchObject({ visitors: 2, converted: 1, orders: 1, revenue: 2000, refunded: 2, refunds: 8000 })
    expect(control).toMatchObject({ revenueSquared: 2000 ** 2, refundsSquared: 3000 ** 2 + 5000 ** 2 })
  })

  it('[EXP16] counts an order that is told before its visitor’s exposure', async () => {
    const [control] = await counted((keeper) => {
      keeper.ordered([bought('ana')])
      keeper.exposed([saw('ana')])
    })
    expect(control?.converted).toBe(1)
  })

  it('[EXP16] counts only what is bought after the first sight and before the end', async () => {
    const all = (keeper: ExperimentKeeper): void => {
      keeper.exposed([saw('ana', 0, 2000)])
      keeper.ordered([
        bought('ana', { orderId: 'earlier', orderedAt: 1999, revenue: 100 }),
        bought('ana', { orderId: 'within', orderedAt: 2000 }),
        bought('ana', { orderId: 'last', orderedAt: 2999 }),
        bought('ana', { orderId: 'later', orderedAt: 3000 }),
      ])
    }
    const [control] = await counted(all, { ...asked, until: 3000 })
    expect(control).toEqual(tallyOf({ orders: 2, revenue: 10_000, refunds: 0, before: 100 }))
    expect((await counted(all))[0]?.orders).toBe(3)
  })

  it('[EXP16] takes an earlier sight for the first, when it is told later', async () => {
    const [control] = await counted((keeper) => {
      keeper.exposed([saw('ana', 0, 2500)])
      keeper.ordered([bought('ana')])
      keeper.exposed([saw('ana', 0, 1500)])
    })
    expect(control?.converted).toBe(1)
  })

  it('[EXP16] adds no value of another currency', async () => {
    const [control] = await counted((keeper) => {
      keeper.exposed([saw('ana')])
      keeper.ordered([bought('ana', { currency: 'USD' })])
    })
    expect(control).toMatchObject({ converted: 1, revenue: 0 })
  })
}
