/**
 * `npm run bench:jobs`: how fast are jobs taken, begun and done, beside pg-boss on the same Postgres and machine? One shop
 * on the production bundle; the empty handler (`noop`), so that what is measured is everything but the work.
 *
 * `--backlog 100000` and `--seconds 10` say how much and how long. `--write` puts the table into docs/benchmarks.md.
 * BullMQ is asked too where there is a Redis to ask; nothing here installs one.
 */
import { parseArgs } from 'node:util'
import { Client } from 'pg'
import { startShop } from '../local/runner/shop.ts'
import { onrushJobs } from './jobs/onrush.ts'
import { pgBossJobs } from './jobs/pg-boss.ts'
import type { JobSystem } from './jobs/system.ts'
import { writeDown } from './write-down.ts'

const { values } = parseArgs({
  options: {
    backlog: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '10' },
    write: { type: 'boolean', default: false },
  },
})
const backlog = Number(values.backlog)
const seconds = Number(values.seconds)

/** In flight where jobs are made one at a time. */
const HANDS = 16
const BATCH = 10_000
const IDLE_JOBS = 60
const IDLE_PAUSE_MS = 50
/** What latency is measured under: half of what the goal says can be sustained. */
const LOAD_PER_SECOND = 750
const SAMPLE_EVERY_MS = 100

interface Measured {
  single: number
  batch: number
  idle: number[]
  loaded: number[]
  backlogMs: number
}

const UNHINDERED = {
  RATE_LIMITS: JSON.stringify({
    classes: {
      'operator-write': { per_minute: 1_000_000, burst: 100_000 },
      'operator-read': { per_minute: 1_000_000, burst: 100_000 },
    },
  }),
  SHEDDING: 'off',
}

const shop = await startShop({ empty: true, vars: UNHINDERED })
try {
  await makeDurable(shop.primaryUrl)
  const rows: [name: string, measured: Measured][] = []
  for (const system of [onrushJobs(shop), await pgBossJobs(shop.primaryUrl)]) {
    console.error(`${system.name} …`)
    rows.push([system.name, await measure(system)])
    await system.stop()
  }
  const text = table(rows)
  console.log(text)
  if (values.write) {
    await writeDown('Jobs', `npm run bench:jobs -- --backlog ${backlog} --seconds ${seconds}`, text)
  }
} finally {
  await shop.stop()
}

async function measure(system: JobSystem): Promise<Measured> {
  await system.makeMany(200)
  await system.allDone(200) // the first says more about the compiler
  const idle = await latencies(system, IDLE_JOBS, IDLE_PAUSE_MS)
  let made = 200 + IDLE_JOBS
  const single = await system.withWorkersAway(() => perSecond(seconds, HANDS, () => system.make()))
  made += single.count
  await system.allDone(made)
  const batch = await system.withWorkersAway(() => perSecond(seconds, 1, () => system.makeMany(BATCH)))
  made += batch.count * BATCH
  await system.allDone(made)
  const loaded = await underLoad(system)
  made += loaded.made
  await system.allDone(made)
  const startedAt = performance.now()
  for (let left = backlog; left > 0; left -= BATCH) await system.makeMany(Math.min(BATCH, left))
  await system.allDone(made + backlog)
  const backlogMs = performance.now() - startedAt
  return { single: single.rate, batch: batch.rate * BATCH, idle, loaded: loaded.waits, backlogMs }
}

async function perSecond(forSeconds: number, hands: number, work: () => Promise<unknown>) {
  const startedAt = performance.now()
  let count = 0
  const hand = async (): Promise<void> => {
    while (performance.now() < startedAt + forSeconds * 1000) {
      await work()
      count += 1
    }
  }
  await Promise.all(Array.from({ length: hands }, hand))
  return { count, rate: count / ((performance.now() - startedAt) / 1000) }
}

async function latencies(system: JobSystem, count: number, pauseMs: number): Promise<number[]> {
  const waits: number[] = []
  for (let i = 0; i < count; i++) {
    waits.push(await system.startToDone())
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  return waits
}

/** Latency of single jobs while others come at a steady pace, whether or not they are done in time. */
async function underLoad(system: JobSystem): Promise<{ waits: number[]; made: number }> {
  const portion = LOAD_PER_SECOND / 10
  const portions: Promise<unknown>[] = []
  const feeding = setInterval(() => portions.push(system.makeMany(portion)), 100)
  const samples: Promise<number>[] = []
  for (const until = performance.now() + seconds * 1000; performance.now() < until;) {
    samples.push(system.startToDone())
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_EVERY_MS))
  }
  clearInterval(feeding)
  await Promise.all(portions)
  return { waits: await Promise.all(samples), made: portions.length * portion + samples.length }
}

function table(rows: readonly [string, Measured][]): string {
  const at = (waits: readonly number[], share: number): string =>
    String(Math.round(waits.toSorted((a, b) => a - b)[Math.floor(share * (waits.length - 1))] ?? 0))
  const both = (waits: readonly number[]): string => `${at(waits, 0.5)} / ${at(waits, 0.99)}`
  return [
    `| jobs | made one at a time, per second | made ${BATCH} at a time, per second | start to done, idle, p50 / p99 ms | the same at ${LOAD_PER_SECOND} a second | ${backlog} made and done, s | per second |`,
    '|---|---|---|---|---|---|---|',
    ...rows.map(
      ([name, { single, batch, idle, loaded, backlogMs }]) =>
        `| ${name} | ${single.toFixed(0)} | ${batch.toFixed(0)} | ${both(idle)} | ${both(loaded)} | ${(backlogMs / 1000).toFixed(1)} | ${(backlog / (backlogMs / 1000)).toFixed(0)} |`,
    ),
    '',
    'One at a time: 16 in flight, nobody working. Start to done: from before the job is asked for until its empty handler has ended. Postgres waits for its disk. BullMQ was not asked: no redis-server is installed here.',
  ].join('\n')
}

/** Our local Postgres does not wait for its disk; where somebody keeps jobs in one, it does. */
async function makeDurable(primaryUrl: string): Promise<void> {
  const primary = new Client(primaryUrl)
  await primary.connect()
  await primary.query('alter system set fsync = on')
  await primary.query('alter system set full_page_writes = on')
  await primary.query('select pg_reload_conf()')
  await primary.end()
}
