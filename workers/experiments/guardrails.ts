/** Guardrails: an experiment of which a variation certainly does harm is stopped by itself, within ten minutes. */
import { systemClock, systemRandom } from '../../platform/dice.ts'
import { recordAudit } from '../../platform/postgres/audit.ts'
import { databaseOf } from '../../platform/postgres/database.ts'
import { guardedExperiments, stopExperiment } from '../../platform/postgres/experiments.ts'
import { countedResults } from './results.ts'

/** Looks at every experiment that has guardrails. Looking often costs nothing: the intervals are valid at any look. */
export async function stopHarmful(env: Env): Promise<void> {
  const database = databaseOf(env)
  const guarded = await guardedExperiments(database.read('primary'))
  for (const { storeId, currency, experiment } of guarded) {
    const { verdict } = await countedResults(env, { storeId, currency }, experiment)
    if (verdict.kind !== 'harm') continue
    const writer = database.write()
    const now = systemClock.now()
    const stopped = await stopExperiment(writer, storeId, experiment, verdict.metric, now)
    if (!stopped.ok) continue
    const facts = { key: experiment.key, variation: verdict.variation, metric: verdict.metric }
    const entry = { actor: 'guardrail', action: 'experiment.stopped', subject: experiment.id, facts }
    await recordAudit(writer, storeId, entry, { now, random: systemRandom })
  }
}
