/**
 * Counts who saw what, and what they bought. Every message may come twice, late or before another: a visitor is counted once
 * an experiment, by whom they saw first, and an order once, at its newest version.
 */
import { assert } from '../basics/assert.ts'
import { bucketFor } from '../sharding/bucket.ts'
import type { Conversion, Exposure, TallyAsk } from '../message/experiment-desk.ts'
import type { Tally } from './tally.ts'

export interface ExperimentStore {
  transaction<Result>(work: () => Result): Result
  findExposure(experimentId: string, visitorId: string): KeptExposure | undefined
  putExposure(exposure: KeptExposure): void
  orderVersion(visitorId: string, orderId: string): number | undefined
  putOrder(conversion: Conversion): void
  tally(ask: TallyAsk): Tally[]
}

export interface KeptExposure extends Exposure {
  /** Was shown another variation, too. */
  isCrossed: boolean
}

/** Objects a store; each counts a share of the visitors. A visitor writes a row or two, so eight are plenty. */
export const EXPERIMENT_SHARDS = 8

export const experimentShardName = (storeId: string, shard: number): string => `${storeId}/experiments-${shard}`

export const experimentShardOf = (visitorId: string): number => bucketFor(visitorId) % EXPERIMENT_SHARDS

export class ExperimentKeeper {
  readonly #store: ExperimentStore

  constructor(store: ExperimentStore) {
    this.#store = store
  }

  exposed(exposures: readonly Exposure[]): void {
    this.#store.transaction(() => {
      for (const exposure of exposures) this.#expose(exposure)
    })
  }

  #expose(exposure: Exposure): void {
    const { experimentId, visitorId, variation, at } = exposure
    assert(visitorId !== '' && visitorId.length <= 200 && Number.isInteger(variation) && variation >= 0, 'an exposure')
    const kept = this.#store.findExposure(experimentId, visitorId)
    if (!kept) return this.#store.putExposure({ ...exposure, isCrossed: false })
    const isCrossed = kept.isCrossed || kept.variation !== variation
    // Told late by another machine: they saw it earlier than we knew.
    const first = at < kept.at ? { variation, at } : { variation: kept.variation, at: kept.at }
    if (isCrossed !== kept.isCrossed || first.at !== kept.at) {
      this.#store.putExposure({ experimentId, visitorId, ...first, isCrossed })
    }
  }

  ordered(conversions: readonly Conversion[]): void {
    this.#store.transaction(() => {
      for (const conversion of conversions) {
        const known = this.#store.orderVersion(conversion.visitorId, conversion.orderId)
        if (known === undefined || known < conversion.version) this.#store.putOrder(conversion)
      }
    })
  }

  tally(ask: TallyAsk): Tally[] {
    return this.#store.tally(ask)
  }
}
