/** Experiments' definitions. A definition may be rewritten while it is a draft; from its start on it stays as it is. */
import { assert } from '../../domain/basics/assert.ts'
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import { newId } from '../../domain/basics/ids.ts'
import { EXPERIMENTS } from '../../domain/catalog/tags.ts'
import {
  decideStart,
  decideStop,
  type Experiment,
  type ExperimentDraft,
  type ExperimentRefusal,
  type Metric,
} from '../../domain/experiment/experiment.ts'
import { announceTheseTags } from './epochs.ts'
import { DatabaseFault } from './fault.ts'
import type { Birth } from './product-writes.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql, type SQL } from './statements.ts'
import type { Writer } from './writing.ts'

type ExperimentRow = { experiment: Experiment }

/** More than a shop plans in years; each is a few hundred bytes at every edge. */
const LISTED_MOST = 200

const experimentJson = (where: SQL): SQL => sql`
  select e.definition || jsonb_build_object('id', e.id, 'key', e.key, 'state', e.state,
    'startedAt', onrush_ms(e.started_at), 'stoppedAt', onrush_ms(e.stopped_at), 'stoppedBy', e.stopped_by,
    'version', e.version, 'createdAt', onrush_ms(e.created_at), 'updatedAt', onrush_ms(e.updated_at)) as experiment
  from experiments e where ${where}`

/** Those that run first, then drafts, then what is over; the newest of each first. */
export async function listExperiments(reader: Reader, storeId: string): Promise<Experiment[]> {
  const rows = await reader.rows(
    rowsOf<ExperimentRow>(sql`${experimentJson(sql`e.store_id = ${storeId}`)}
      order by case e.state when 'running' then 0 when 'draft' then 1 else 2 end, e.id desc limit ${LISTED_MOST}`),
  )
  return rows.map(({ experiment }) => experiment)
}

/** By id or key. */
export async function findExperiment(reader: Reader, storeId: string, idOrKey: string): Promise<Experiment | null> {
  const [row] = await reader.rows(rowsOf<ExperimentRow>(experimentJson(named(storeId, idOrKey))))
  return row?.experiment ?? null
}

const named = (storeId: string, idOrKey: string): SQL =>
  sql`e.store_id = ${storeId} and (e.id = ${idOrKey} or e.key = ${idOrKey})`

/** Defines one. Refuses a key that another has or had: whoever fell to one side then would fall there again. */
export async function defineExperiment(
  writer: Writer,
  storeId: string,
  draft: ExperimentDraft,
  { now, random }: Birth,
): Promise<Decision<Experiment, ExperimentRefusal>> {
  const id = newId('exp', now, random)
  try {
    const [, , found] = await writer.batch([
      rowsOf(sql`insert into experiments (store_id, id, key, definition)
        values (${storeId}, ${id}, ${draft.key}, ${definitionOf(draft)}::jsonb)`),
      rowsOf(announceTheseTags(storeId, [EXPERIMENTS])),
      rowsOf<ExperimentRow>(experimentJson(named(storeId, id))),
    ])
    const experiment = found.rows[0]?.experiment
    assert(experiment, 'an experiment that was just defined is there')
    return accept(experiment)
  } catch (error) {
    if (error instanceof DatabaseFault && error.facts.constraint === 'experiments_key_key') {
      return refuse({ code: 'experiment_key_taken', key: draft.key })
    }
    throw error
  }
}

/** Rewrites a draft as a whole; its key stays. Safe to repeat but for the version, which grows. */
export async function rewriteExperiment(
  writer: Writer,
  storeId: string,
  existing: Experiment,
  draft: ExperimentDraft,
): Promise<Decision<Experiment, ExperimentRefusal>> {
  if (existing.state !== 'draft') return refuse({ code: 'experiment_is_settled', experiment: existing.key })
  return changed(writer, storeId, existing, sql`definition = ${definitionOf(draft)}::jsonb`)
}

/** Starts it, or leaves it running. Safe to repeat. */
export async function startExperiment(
  writer: Writer,
  reader: Reader,
  storeId: string,
  existing: Experiment,
  now: number,
): Promise<Decision<Experiment, ExperimentRefusal>> {
  const [counted] = await reader.rows(
    rowsOf<{ running: number }>(
      sql`select count(*)::int as running from experiments where store_id = ${storeId} and state = 'running'`,
    ),
  )
  const started = decideStart(existing, counted?.running ?? 0, now)
  if (!started.ok || started.value === existing) return started
  return changed(writer, storeId, existing, sql`state = 'running', started_at = onrush_at(${now}::bigint)`)
}

/** Stops it for good, or leaves it stopped. Safe to repeat. */
export async function stopExperiment(
  writer: Writer,
  storeId: string,
  existing: Experiment,
  by: 'operator' | Metric,
  now: number,
): Promise<Decision<Experiment, ExperimentRefusal>> {
  if (existing.state === 'draft') return refuse({ code: 'experiment_not_found', experiment: existing.key })
  if (decideStop(existing, by, now) === existing) return accept(existing)
  const set = sql`state = 'stopped', stopped_at = onrush_at(${now}::bigint), stopped_by = ${by}`
  return changed(writer, storeId, existing, set)
}

/** Writes only onto the version that was decided upon. */
async function changed(
  writer: Writer,
  storeId: string,
  { id, version }: Experiment,
  set: SQL,
): Promise<Decision<Experiment, ExperimentRefusal>> {
  const [written, , found] = await writer.batch([
    rowsOf<{ id: string }>(sql`update experiments set ${set}, version = version + 1, updated_at = now()
      where store_id = ${storeId} and id = ${id} and version = ${version} returning id`),
    rowsOf(announceTheseTags(storeId, [EXPERIMENTS])),
    rowsOf<ExperimentRow>(experimentJson(named(storeId, id))),
  ])
  const experiment = found.rows[0]?.experiment
  if (!experiment) return refuse({ code: 'experiment_not_found', experiment: id })
  if (written.rows.length === 0) {
    return refuse({ code: 'version_is_older', expected: version, found: experiment.version })
  }
  return accept(experiment)
}

/** Which of these stores have ever started one: their orders are counted. From the primary, or a start would be missed. */
export async function storesThatCount(reader: Reader, storeIds: readonly string[]): Promise<Set<string>> {
  const rows = await reader.rows(
    rowsOf<{ id: string }>(sql`
      select distinct store_id as id from experiments where state <> 'draft'
        and store_id in (select jsonb_array_elements_text(${JSON.stringify([...new Set(storeIds)])}::jsonb))`),
  )
  return new Set(rows.map(({ id }) => id))
}

export interface Guarded {
  storeId: string
  currency: string
  experiment: Experiment
}

/** For the cron: what runs and stops itself, in every store. */
export async function guardedExperiments(reader: Reader): Promise<Guarded[]> {
  const rows = await reader.rows(
    rowsOf<{ found: Guarded }>(sql`
      select jsonb_build_object('storeId', s.id, 'currency', s.currency, 'experiment', one.experiment) as found
      from stores s cross join lateral (${experimentJson(
        sql`e.store_id = s.id and e.state = 'running' and jsonb_array_length(e.definition->'guardrails') > 0`,
      )}) one limit 500`),
  )
  return rows.map(({ found }) => found)
}

const definitionOf = (draft: ExperimentDraft): string => {
  const { name, hypothesis, surface, variations, audience, namespace, holdout, metric, guardrails } = draft
  return JSON.stringify({
    ...{ name, hypothesis, surface, variations, audience, namespace, holdout, metric, guardrails },
  })
}
