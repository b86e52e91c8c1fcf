/**
 * `npm run bench:tree`: how many holds of one SKU a second does the stock tree take, beside the SKU's one owner, and
 * beside a row in Postgres that everybody locks? In one run, in turns, on the production bundle's own objects, database
 * and gateway. Asked from inside the runtime, because a request over HTTP costs several times what a hold does, and
 * would hide what differs (the crowd over HTTP is asked as well, and told below the table).
 *
 * Postgres waits for its disk here (fsync), as it does wherever somebody relies on it; so do the objects.
 *
 * With 200 in flight holds are gathered; one at a time they are not: so the second says what gathering is worth.
 *
 * `--rounds 5`, `--seconds 2` and `--inflight 200` say how long and how hard. `--write` puts the table into docs/benchmarks.md.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Client } from 'pg'
import { startShop, type Shop } from '../local/runner/shop.ts'
import { gatherCrowd } from './ask-crowd.ts'
import { startBenchWorker } from './bench-worker.ts'
import type { Driven } from './driving.ts'
import { cpuMs } from './process-time.ts'
import { openDrop, stockUp } from './stock-up.ts'
import { writeDown } from './write-down.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    inflight: { type: 'string', default: '200' },
    write: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const inFlight = Number(values.inflight)

/** Times the holds of the one owner without gathering, and of the hot row; and p99 within so many p50. */
const MARKS = { owner: 3, hotRow: 8, tail: 5 }
const QUIET = 'TREE-1'
const HOT = 'TREE-2'

type Heard = Driven & { cpuMsEach: number | null }

const folder = await mkdtemp(join(tmpdir(), 'onrush-bench-'))
const crowd = gatherCrowd()
const shop = await startShop({ empty: true })
const worker = await startBenchWorker('stock-tree', folder, {
  DATABASE_URL: shop.secrets['DATABASE_URL']!,
  NEON_FETCH_ENDPOINT: shop.vars['NEON_FETCH_ENDPOINT']!,
})
try {
  await makeDurable(shop)
  const asked = [
    { name: `stock tree, four leaves, ${inFlight} in flight`, path: '/tree', inFlight },
    { name: 'stock tree, four in flight', path: '/tree', inFlight: 4 },
    { name: `one owner, ${inFlight} in flight`, path: '/owner', inFlight },
    { name: 'one owner, one hold at a time', path: '/owner-alone', inFlight: 1 },
    { name: `hot row in Postgres, ${inFlight} in flight`, path: '/hot-row', inFlight },
    { name: 'hot row in Postgres, four in flight', path: '/hot-row', inFlight: 4 },
  ]
  for (const { path } of asked) await ask(path, inFlight, 1) // the first second says more about the compiler
  const heard = asked.map((): Heard[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, { path, inFlight: many }] of asked.entries()) heard[i]!.push(await ask(path, many, seconds))
  }
  const text = `${table(asked.map(({ name }, i) => ({ name, heard: heard[i]! })))}\n\n${await overHttp()}`
  console.log(text)
  if (values.write) {
    const command = `npm run bench:tree -- --rounds ${rounds} --seconds ${seconds} --inflight ${inFlight}`
    await writeDown('The stock tree', command, text)
  }
} finally {
  crowd.leave()
  await Promise.all([shop.stop(), worker.stop()])
  await rm(folder, { recursive: true, force: true })
}

/** Our local Postgres does not wait for its disk; a shop's database does, and a hot row is locked meanwhile. */
async function makeDurable({ primaryUrl }: Shop): Promise<void> {
  const primary = new Client(primaryUrl)
  await primary.connect()
  await primary.query('alter system set fsync = on')
  await primary.query('alter system set full_page_writes = on')
  await primary.query('select pg_reload_conf()')
  await primary.end()
}

async function ask(path: string, many: number, forSeconds: number): Promise<Heard> {
  const before = cpuMs(worker.pids)
  const response = await fetch(`${worker.url}${path}?inflight=${many}&seconds=${forSeconds}`)
  if (!response.ok) throw new Error(`The bench worker answered ${response.status}: ${await response.text()}`)
  const driven: Driven = JSON.parse(await response.text())
  const after = cpuMs(worker.pids)
  const cpuMsEach = before === null || after === null ? null : (after - before) / Math.max(1, driven.answered)
  return { ...driven, cpuMsEach }
}

interface Row {
  name: string
  heard: Heard[]
}

function table(rows: readonly Row[]): string {
  const [tree, , owner, alone, hot] = rows
  const { p50, p99 } = middle(tree!)
  return [
    '| who | holds per second | CPU ms each, of the runtime | p50 / p99 ms |',
    '|---|---|---|---|',
    ...rows.map((row) => {
      const { perSecond, cpuMsEach, ...wait } = middle(row)
      return `| ${row.name} | ${perSecond.toFixed(0)} | ${cpuMsEach?.toFixed(2) ?? 'unknown'} | ${wait.p50} / ${wait.p99} |`
    }),
    '',
    `Tree : one owner without gathering = ${verdict(tree!, alone!, MARKS.owner)}; : one owner with = ${verdict(tree!, owner!, null)}; : hot row = ${verdict(tree!, hot!, MARKS.hotRow)}. p99 is ${(p99 / p50).toFixed(1)} times p50, mark ${MARKS.tail} ${p99 / p50 <= MARKS.tail ? 'kept' : '**broken**'}.`,
  ].join('\n')
}

/** Round by round, since these machines drift. */
function verdict(one: Row, other: Row, mark: number | null): string {
  const ratios = one.heard.map(({ perSecond }, i) => perSecond / other.heard[i]!.perSecond).sort((a, b) => a - b)
  const ratio = ratios[Math.floor(ratios.length / 2)]!
  const told = `**${ratio.toFixed(1)}** (${ratios[0]!.toFixed(1)} to ${ratios.at(-1)!.toFixed(1)})`
  return mark === null ? told : `${told}, mark ${mark} ${ratio >= mark ? 'reached' : '**missed**'}`
}

function middle({ heard }: Row): Heard {
  return heard.toSorted((a, b) => a.perSecond - b.perSecond)[Math.floor(heard.length / 2)]!
}

async function overHttp(): Promise<string> {
  await stockUp(shop, QUIET)
  await stockUp(shop, HOT)
  await openDrop(shop, [HOT], 4)
  const hold = (sku: string, forSeconds: number) =>
    crowd.ask(shop.worker, { walk: 'hold', path: '', sku, clients: inFlight, seconds: forSeconds })
  for (const sku of [HOT, QUIET]) await hold(sku, 1)
  const told = []
  for (const [who, sku] of [
    ['the tree', HOT],
    ['one owner', QUIET],
  ] as const) {
    const { perSecond, cpuMsPerWalk, p50, p99 } = await hold(sku, seconds)
    const cpu = cpuMsPerWalk?.toFixed(2) ?? 'unknown'
    told.push(`${who} ${perSecond.toFixed(0)} a second (${cpu} ms of CPU each, p50 ${p50} ms, p99 ${p99} ms)`)
  }
  return `Over HTTP, ${inFlight} buyers at a time: ${told.join('; ')}.`
}
