/**
 * `npm run bench:tree`: what does the stock tree hold a second, beside the owner of a SKU alone, and beside a row in
 * Postgres that everybody locks? All three in one run, in turns, on the production bundle: each is a crowd of buyers who
 * come for one SKU over HTTP, each buyer a new visitor.
 *
 * "Alone" and "in company" are the same code with few and with many buyers at a time: what comes together is decided and
 * committed together, so the second says what gathering is worth.
 *
 * `--write` puts the table into docs/benchmarks.md.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startShop } from '../local/runner/shop.ts'
import { gatherCrowd, type Job, type Result } from './ask-crowd.ts'
import { startBenchWorker } from './bench-worker.ts'
import { openDrop, stockUp } from './stock-up.ts'
import { writeDown } from './write-down.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '200' },
    leaves: { type: 'string', default: '4' },
    write: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const clients = Number(values.clients)
const leaves = Number(values.leaves)

const QUIET = 'TREE-1'
const HOT = 'TREE-2'
const ALONE = 4
/** Times the holds of the one owner, and of the hot row; and p99 within so many p50. */
const MARKS = { owner: 3, hotRow: 8, tail: 5 }

const folder = await mkdtemp(join(tmpdir(), 'onrush-bench-'))
const crowd = gatherCrowd()
const shop = await startShop({ empty: true })
const { DATABASE_URL } = shop.secrets
const { NEON_FETCH_ENDPOINT } = shop.vars
const hotRow = await startBenchWorker('hot-row', folder, {
  DATABASE_URL: DATABASE_URL!,
  NEON_FETCH_ENDPOINT: NEON_FETCH_ENDPOINT!,
})
try {
  await stockUp(shop, QUIET)
  await stockUp(shop, HOT)
  await openDrop(shop, [HOT], leaves)
  await fetch(`${hotRow.url}/open`, { method: 'POST' })
  const hold = (sku: string, many: number, forSeconds = seconds) =>
    crowd.ask(shop.worker, { walk: 'hold', path: '', sku, clients: many, seconds: forSeconds })
  const row = (many: number) =>
    crowd.ask(hotRow, { walk: 'row', path: '/hold', sku: '', clients: many, seconds } satisfies Omit<
      Job,
      'url' | 'pid'
    >)
  const asked: [string, () => Promise<Result>][] = [
    [`stock tree, ${leaves} leaves, ${clients} buyers at a time`, () => hold(HOT, clients)],
    [`stock tree, ${ALONE} buyers at a time`, () => hold(HOT, ALONE)],
    [`one owner, ${clients} buyers at a time`, () => hold(QUIET, clients)],
    [`one owner, ${ALONE} buyers at a time`, () => hold(QUIET, ALONE)],
    [`hot row in Postgres, ${clients} buyers at a time`, () => row(clients)],
    [`hot row in Postgres, ${ALONE} buyers at a time`, () => row(ALONE)],
  ]
  await hold(HOT, clients, 1) // the first seconds of a fresh process say more about its compiler
  await hold(QUIET, clients, 1)
  const heard = asked.map((): Result[] => [])
  for (let round = 0; round < rounds; round++) for (const [i, [, ask]] of asked.entries()) heard[i]!.push(await ask())
  const text = table(asked.map(([name], i) => ({ name, results: heard[i]! })))
  console.log(text)
  if (values.write) {
    const command = `npm run bench:tree -- --rounds ${rounds} --seconds ${seconds} --clients ${clients} --leaves ${leaves}`
    await writeDown('The stock tree', command, text)
  }
} finally {
  crowd.leave()
  await Promise.all([shop.stop(), hotRow.stop()])
  await rm(folder, { recursive: true, force: true })
}

interface Asked {
  name: string
  results: Result[]
}

function table(asked: readonly Asked[]): string {
  const [tree, , owner, , hot] = asked
  const lines = asked.map(({ name, results }) => {
    const { perSecond, cpuMsPerWalk, p50, p99 } = middle(results)
    return `| ${name} | ${perSecond.toFixed(0)} | ${cpuMsPerWalk?.toFixed(2) ?? 'unknown'} | ${p50} / ${p99} | ${(p99 / p50).toFixed(1)} |`
  })
  const { p50, p99 } = middle(tree!.results)
  return [
    '| who | holds per second | CPU ms each, of the runtime | p50 / p99 ms | p99 : p50 |',
    '|---|---|---|---|---|',
    ...lines,
    '',
    `Tree : one owner = ${verdict(tree!, owner!, MARKS.owner)}. Tree : hot row = ${verdict(tree!, hot!, MARKS.hotRow)}. Tail: p99 is ${(p99 / p50).toFixed(1)} times p50, mark ${MARKS.tail} ${p99 / p50 <= MARKS.tail ? 'kept' : '**broken**'}.`,
  ].join('\n')
}

/** Round by round, since these machines drift. */
function verdict(one: Asked, other: Asked, mark: number): string {
  const ratios = one.results.map(({ perSecond }, i) => perSecond / other.results[i]!.perSecond).sort((a, b) => a - b)
  const ratio = ratios[Math.floor(ratios.length / 2)]!
  const range = `${ratios[0]!.toFixed(1)} to ${ratios.at(-1)!.toFixed(1)}`
  return `**${ratio.toFixed(1)}** (${range}), mark ${mark} ${ratio >= mark ? 'reached' : '**missed**'}`
}

function middle(results: readonly Result[]): Result {
  return results.toSorted((a, b) => a.perSecond - b.perSecond)[Math.floor(results.length / 2)]!
}
