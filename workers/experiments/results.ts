/** An experiment's results: every object that counts some of its visitors is asked, and the sums are added up. */
import type { Experiment } from '../../domain/experiment/experiment.ts'
import { EXPERIMENT_SHARDS } from '../../domain/experiment/keeper.ts'
import { resultsOf, type Results } from '../../domain/experiment/results.ts'
import { NOTHING, added, type Tally } from '../../domain/experiment/tally.ts'
import { experimentDesk } from '../desks.ts'

/** Rejects when one of them does not answer: a part of the visitors is not a smaller experiment, but another one. */
export async function countedResults(
  env: Env,
  { storeId, currency }: { storeId: string; currency: string },
  experiment: Experiment,
): Promise<Results> {
  const { id: experimentId, variations, stoppedAt: until } = experiment
  const ask = { experimentId, variations: variations.length, until, currency }
  const all = await Promise.all(
    Array.from({ length: EXPERIMENT_SHARDS }, (_, shard) => experimentDesk(env, storeId, shard).tally(ask)),
  )
  const tallies = variations.map((_, i) => all.reduce((sum: Tally, shard) => added(sum, shard[i]!), NOTHING))
  return resultsOf(experiment, tallies)
}
