import { describe, expect, it } from 'vitest'
import { describeExperimentStore } from './keeper.contract.ts'
import { EXPERIMENT_SHARDS, experimentShardOf } from './keeper.ts'
import { MemoryExperimentStore } from './memory-store.ts'

describe('exposures and orders, in memory', () => {
  describeExperimentStore(async (work) => work(new MemoryExperimentStore()))

  it('[EXP15] spreads visitors evenly over the objects that count them', () => {
    const counts = Array<number>(EXPERIMENT_SHARDS).fill(0)
    for (let i = 0; i < 8000; i++) counts[experimentShardOf(`vis_${i}`)]! += 1
    expect(Math.min(...counts)).toBeGreaterThan(850)
  })
})
