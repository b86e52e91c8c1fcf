/** Guardrails: an experiment of which a variation certainly does harm is stopped by itself, within ten minutes. */
import { systemClock, systemRandom } from '../../platform/dice.ts'
import { recordAudit } from '../../platform/postgres/audit.ts'
import { databaseOf } from '../../platform/postgres/database.ts'
import { guardedExperiments, stopExperiment, type Guarded } from '../../platform/postgres/experiments.ts'
import { countedResults } from './results.ts'

/**
 * Looks at every experiment that has guardrails. Looking often costs nothing: the intervals are valid at any look. One that
 * cannot be looked at keeps none of the others from being stopped; then it rejects in the end.
 */
export async function stopHarmful(env: Env): Promise<void> {
  const faults: unknown[] = []
  for (const guarded of await guardedExperiments(databaseOf(env).read('primary'))) {
    try {
      await stopIfHarmful(env, guarded)
    } catch (thrown) {
      faults.push(thrown)
    }
  }
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} experiments could not be looked at`)
}

async function stopIfHarmful(env: Env, { storeId, currency, experiment }: Guarded): Promise<void> {
  const { verdict } = await countedResults(env, { storeId, currency }, experiment)
  if (verdict.kind !== 'harm') return
  const writer = databaseOf(env).write()
  const now = systemClock.now()
  const stopped = await stopExperiment(writer, storeId, experiment, verdict.metric, now)
  if (!stopped.ok) return // an operator was quicker
  const facts = { key: experiment.key, variation: verdict.variation, metric: verdict.metric }
  const entry = { actor: 'guardrail', action: 'experiment.stopped', subject: experiment.id, facts }
  await recordAudit(writer, storeId, entry, { now, random: systemRandom })
}
