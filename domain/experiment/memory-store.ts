/** A real store, in Maps: what the other one must agree with. */
import type { Conversion, TallyAsk } from '../message/experiment-desk.ts'
import type { ExperimentStore, KeptExposure } from './keeper.ts'
import { NOTHING, added, tallyOf, type Deeds, type Tally } from './tally.ts'

export class MemoryExperimentStore implements ExperimentStore {
  readonly #exposures = new Map<string, KeptExposure>()
  readonly #orders = new Map<string, Conversion>()

  transaction<Result>(work: () => Result): Result {
    return work()
  }

  findExposure(experimentId: string, visitorId: string): KeptExposure | undefined {
    return this.#exposures.get(`${experimentId} ${visitorId}`)
  }

  putExposure(exposure: KeptExposure): void {
    this.#exposures.set(`${exposure.experimentId} ${exposure.visitorId}`, exposure)
  }

  orderVersion(visitorId: string, orderId: string): number | undefined {
    return this.#orders.get(`${visitorId} ${orderId}`)?.version
  }

  putOrder(conversion: Conversion): void {
    this.#orders.set(`${conversion.visitorId} ${conversion.orderId}`, conversion)
  }

  tally(ask: TallyAsk): Tally[] {
    const tallies = Array.from({ length: ask.variations }, () => NOTHING)
    for (const exposure of this.#exposures.values()) {
      if (exposure.experimentId !== ask.experimentId || exposure.variation >= ask.variations) continue
      const own = exposure.isCrossed ? { ...NOTHING, crossed: 1 } : tallyOf(this.#deedsOf(exposure, ask))
      tallies[exposure.variation] = added(tallies[exposure.variation]!, own)
    }
    return tallies
  }

  #deedsOf({ visitorId, at }: KeptExposure, { until, currency }: TallyAsk): Deeds {
    const deeds: Deeds = { orders: 0, revenue: 0, refunds: 0, before: 0 }
    for (const order of this.#orders.values()) {
      if (order.visitorId !== visitorId) continue
      const worth = order.isKept && order.currency === currency ? order.revenue : 0
      if (order.orderedAt < at) deeds.before += worth
      else if (order.orderedAt < (until ?? Infinity)) {
        deeds.orders += order.isKept ? 1 : 0
        deeds.revenue += worth
        deeds.refunds += order.currency === currency ? order.refunded : 0
      }
    }
    return deeds
  }
}
