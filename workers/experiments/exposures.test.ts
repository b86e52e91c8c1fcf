import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { experimentShardOf } from '../../domain/experiment/keeper.ts'
import { anExperiment } from '../../domain/experiment/testing.ts'
import type { Exposure } from '../../domain/message/experiment-desk.ts'
import type { Asked } from '../context.ts'
import { countExposures } from './exposures.ts'

const shown = { experiment: anExperiment(), variation: 1, isForced: false }

/** A store of its own, as pages see it, and the objects that count its visitors. */
class Shop {
  readonly calls: Exposure[][] = []
  isAway = false
  readonly #storeId = `store_${crypto.randomUUID()}`
  readonly #work: Promise<unknown>[] = []
  readonly #env = {
    EXPERIMENTS: {
      getByName: () => ({
        exposed: async (exposures: Exposure[]) => {
          if (this.isAway) throw new Error('the object is away')
          this.calls.push(exposures)
        },
      }),
    },
  }

  sees(visitorId: string, what = shown): void {
    const visit = { storeId: this.#storeId, clock: { now: () => Date.now() } }
    const executionCtx = { waitUntil: (work: Promise<unknown>) => void this.#work.push(work) }
    countExposures({ env: this.#env, var: { visit }, executionCtx } as unknown as Asked, visitorId, [what])
  }

  /** The request is gone, and so is whatever it would still have done. */
  dies(): void {
    vi.clearAllTimers()
    this.#work.length = 0
  }

  async settle(): Promise<void> {
    await vi.advanceTimersByTimeAsync(1000)
    await Promise.all(this.#work)
  }

  get told(): string[] {
    return this.calls.flat().map(({ visitorId }) => visitorId)
  }
}

describe('exposures', () => {
  let shop: Shop
  beforeEach(() => {
    vi.useFakeTimers()
    shop = new Shop()
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('[EXP24] are told after the answer, many at a time, and a visitor’s second page asks nobody', async () => {
    const alike = Array.from({ length: 200 }, (_, i) => `vis_${i}`).filter((id) => experimentShardOf(id) === 0)
    for (const id of [...alike, ...alike]) shop.sees(id)
    expect(shop.calls).toEqual([])
    await shop.settle()
    expect(shop.calls).toHaveLength(1)
    expect(shop.told).toEqual(alike)
    shop.sees(alike[0]!)
    await shop.settle()
    expect(shop.calls).toHaveLength(1)
  })

  it('[EXP24] that could not be told are told with the visitor’s next page', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    shop.isAway = true
    shop.sees('vis_1')
    await shop.settle()
    expect(warned.mock.calls.join()).toContain('exposures_not_told')
    shop.isAway = false
    shop.sees('vis_1')
    await shop.settle()
    expect(shop.told).toEqual(['vis_1'])
  })

  it('[EXP24] of a request that died with them are told by the next', async () => {
    shop.sees('vis_1')
    shop.dies()
    await vi.advanceTimersByTimeAsync(6000)
    shop.sees('vis_2')
    await shop.settle()
    expect(shop.told.sort()).toEqual(['vis_1', 'vis_2'])
  })

  it('[EXP24] are bounded: what is too much is dropped and said', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    for (let i = 0; i < 5003; i++) shop.sees(`vis_${i}`)
    await shop.settle()
    expect(shop.told).toHaveLength(5000)
    expect(Math.max(...shop.calls.map((call) => call.length))).toBeLessThanOrEqual(500)
    expect(warned.mock.calls.join()).toContain('"exposures_dropped","count":3')
  })

  it('[EXP14] of a variation that was shown by a link are not told', async () => {
    shop.sees('vis_1', { ...shown, isForced: true })
    await shop.settle()
    expect(shop.calls).toEqual([])
  })
})
