/** How SQLite goes about what the store of jobs asks: a shard may keep a million jobs. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { newId } from '../../domain/basics/ids.ts'
import { jobShardName } from '../../domain/job/shards.ts'
import { Bench, FAILED, NOON, SHARD } from '../../domain/job/testing.ts'
import type { JobQuery } from '../../domain/message/job-desk.ts'
import { systemRandom } from '../../platform/dice.ts'
import { Sql, type SqlRow, type SqlValue } from '../basics/sql.ts'
import type { JobObject } from './job-object.ts'
import { SqliteJobStore } from './sqlite-store.ts'

// The generated types do not know what the namespace holds.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that says so
const objects = env.JOBS as unknown as DurableObjectNamespace<JobObject>

/** Writes down how each statement is to be run. */
class ExplainingSql extends Sql {
  readonly plans = new Map<string, string>()
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    super(storage)
    this.#storage = storage
  }

  override all<Row extends SqlRow>(query: string, ...values: SqlValue[]): Row[] {
    this.#explain(query, values)
    return super.all<Row>(query, ...values)
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as its parent
  override first<Row extends SqlRow>(query: string, ...values: SqlValue[]): Row | undefined {
    this.#explain(query, values)
    return super.first<Row>(query, ...values)
  }

  override run(query: string, ...values: SqlValue[]): number {
    this.#explain(query, values)
    return super.run(query, ...values)
  }

  #explain(query: string, values: SqlValue[]): void {
    if (this.plans.has(query)) return
    const steps = this.#storage.sql.exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`, ...values).toArray()
    this.plans.set(query, steps.map(({ detail }) => detail).join('; '))
  }
}

it('[JOB28] looks every question up in an index, and sorts nothing', async () => {
  const storeId = newId('req', Date.now(), systemRandom).replace('req_', 'store_')
  const plans = await runInDurableObject(objects.getByName(jobShardName(storeId, SHARD)), (_object, { storage }) => {
    const sql = new ExplainingSql(storage)
    livesThroughEverything(new Bench({ store: new SqliteJobStore(sql) }))
    return [...sql.plans]
  })
  expect(plans.length).toBeGreaterThan(30)
  // What was handed in, and the smallest of an index, is read from the beginning.
  const fine =
    /^SCAN (CONSTANT ROW|json_each|jobs USING (COVERING )?INDEX jobs_by_(due|clearing)|(rates|needs|endings) USING)/
  const scans = plans.filter(([, plan]) => plan.split('; ').some((step) => /^SCAN \w/.test(step) && !fine.test(step)))
  expect(scans).toEqual([])
  const sorts = plans.filter(([query, plan]) => plan.includes('TEMP B-TREE') && !query.includes('GROUP BY'))
  expect(sorts).toEqual([])
})

function livesThroughEverything(bench: Bench): void {
  const rate = { perSecond: 1, burst: 1 }
  const [a, b, c] = bench.takes(
    { tags: ['t'], batchId: 'bat_1', idempotencyKey: 'once', lane: 'bulk' },
    { concurrencyKey: 'k', rate },
    { concurrencyKey: 'k', rate, type: 'export', expiresAt: NOON + 5 },
  )
  bench.takes({ after: [{ jobId: a!, on: 'any', condition: null }] }, { rate })
  bench.runs(a!, FAILED)
  bench.runs(b!)
  bench.keeper.watch([{ ancestorId: a!, descendantId: c! }])
  bench.passes(60_000)
  bench.keeper.hear([{ ancestorId: a!, descendantId: c!, state: 'dead', result: null }])
  bench.keeper.figures()
  bench.keeper.batch('bat_1')
  const everything: JobQuery = {
    ...{ states: null, types: null, tag: null, batchId: null, errorCode: null, from: null, until: null, before: null },
    limit: 10,
  }
  const questions: Partial<JobQuery>[] = [
    ...[{}, { states: ['dead'] }, { types: ['export'] }, { tag: 't' }, { batchId: 'bat_1' }, { from: 1, until: 2 }],
    ...[
      { states: ['succeeded'], types: ['export'] },
      { states: ['dead'], types: ['export'], before: a! },
    ],
  ] as Partial<JobQuery>[]
  for (const question of questions) bench.keeper.list({ ...everything, ...question })
  for (const { id } of bench.keeper.list({ ...everything })) bench.keeper.cancel(id)
  bench.passes(4 * 24 * 3_600_000)
}
