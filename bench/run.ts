/**
 * `npm run bench`: what our routes cost beside the least that the same runtime can do, in one run on the production
 * bundle. Each question is asked in rounds, in turn with the thing it is compared to, because these machines drift;
 * what counts is the ratio of each pair, and its median. Absolute figures are only good for this machine on this day.
 *
 * Settling happens behind the answer: on the platform on other machines, here on the thread that takes the next order.
 * Where a question is about accepting alone, the queues keep their messages for the while; what the order's own object
 * does at once (it claims the units) goes on. What was kept is then settled before the next round, and how fast that
 * went is told below the table. The last question leaves everything running. docs/benchmarks.md explains.
 *
 * `--rounds 5`, `--seconds 4` and `--clients 32` say how long and how hard is asked, `--only holds` which questions (those
 * with that in their name). `--write` puts the tables into docs/benchmarks.md.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startShop } from '../local/runner/shop.ts'
import { gatherCrowd, type Job, type Result } from './ask-crowd.ts'
import { startBenchWorker } from './bench-worker.ts'
import { cpuOfHits } from './one-hit.ts'
import { startNginx, startPlain, type Target } from './plain/index.ts'
import { settled, settling, withConsumersAway } from './settling.ts'
import { openDrop, stockUp } from './stock-up.ts'
import { writeDown } from './write-down.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    clients: { type: 'string', default: '32' },
    /** Only the questions whose name has this in it. */
    only: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)

type Asking = Pick<Job, 'walk' | 'path' | 'sku' | 'clients'> & { paths?: readonly string[] }

interface Question {
  name: string
  asking: Asking
  beside: 'hello' | 'one-row write' | 'Hono and Postgres' | 'nginx'
  /** The first mark to reach; null: only told. */
  mark: number | null
  /** No queue delivers while this is asked. */
  consumersAway?: true
}

/** In no drop: its owner is asked for each hold. */
const QUIET = 'BENCH-1'
/** In a drop for a crowd: the order books sell it as leaves of the stock tree. */
const HOT = 'BENCH-2'
const LEAVES = 4
const FEW = Number(values.clients)
/** A crowd, for which calls that come together are gathered. */
const MANY = 200

const get = (path: string): Asking => ({ walk: 'get', path, sku: '', clients: FEW })
const PRODUCT = '/api/v1/products/bench-1'
/** So many products; a fifth of them is asked for in four of five questions, half of those for its page. */
const SHELF = 50
const mixed = (): Asking => {
  const slugs = Array.from({ length: SHELF }, (_, i) => `shelf-${i + 1}`)
  const paths = slugs.flatMap((slug) => [`/products/${slug}`, `/api/v1/products/${slug}`])
  return { walk: 'mixed', path: '', sku: '', paths, clients: FEW }
}
const buying = (walk: Job['walk'], clients: number, sku = HOT): Asking => ({ walk, path: '', sku, clients })

const QUESTIONS: readonly Question[] = [
  { name: 'product JSON', asking: get(PRODUCT), beside: 'hello', mark: 0.75 },
  { name: 'product page', asking: get('/products/bench-1'), beside: 'hello', mark: 0.6 },
  { name: 'proxied hit', asking: get('/origin/hello'), beside: 'hello', mark: 0.6 },
  { name: 'mixed pages and JSON', asking: mixed(), beside: 'hello', mark: null },
  { name: 'product JSON, theirs', asking: get(PRODUCT), beside: 'Hono and Postgres', mark: null },
  { name: 'product JSON, theirs', asking: get(PRODUCT), beside: 'nginx', mark: null },
  { name: 'hold', asking: buying('hold', FEW), beside: 'one-row write', mark: 0.5 },
  { name: 'hold', asking: buying('hold', MANY), beside: 'one-row write', mark: 0.5 },
  { name: 'hold, quiet SKU', asking: buying('hold', FEW, QUIET), beside: 'one-row write', mark: null },
  { name: 'hold, quiet SKU', asking: buying('hold', MANY, QUIET), beside: 'one-row write', mark: null },
  { name: 'order accepted', asking: buying('order', FEW), beside: 'one-row write', mark: 0.3, consumersAway: true },
  {
    name: 'hold, then order',
    asking: buying('purchase', FEW),
    beside: 'one-row write',
    mark: null,
    consumersAway: true,
  },
  { name: 'hold, then order, settling', asking: buying('purchase', FEW), beside: 'one-row write', mark: null },
]

const REFERENCE: Record<Question['beside'], Pick<Job, 'walk' | 'path' | 'sku'>> = {
  hello: { walk: 'get', path: '/hello', sku: '' },
  'one-row write': { walk: 'row', path: '/row', sku: '' },
  'Hono and Postgres': { walk: 'get', path: PRODUCT, sku: '' },
  nginx: { walk: 'get', path: PRODUCT, sku: '' },
}

const HEAD = [
  '| question | clients | per second | CPU ms each | p50 / p99 ms | beside | per second | CPU ms each | ratio (least to most) | mark |',
  '|---|---|---|---|---|---|---|---|---|---|',
].join('\n')

const warmed = new Set<string>()
const HITS = 3000
/** Of one, at p99. */
const HIT_MARK_US = 1000
/** Reads that were counted, of what may lie ready. */
let asked = 0

const folder = await mkdtemp(join(tmpdir(), 'onrush-bench-'))
const crowd = gatherCrowd()
/** Fifty products are written at once; and what is asked is what an answer costs, not who is turned away. */
const UNHINDERED = {
  RATE_LIMITS: '{"classes":{"operator-write":{"per_minute":100000,"burst":1000}}}',
  SHEDDING: 'off',
}

const plain = await startPlain()
const [shop, reference] = await Promise.all([
  startShop({ empty: true, vars: { ...UNHINDERED, ORIGIN_URL: plain.url, ORIGIN_TAKES: '/origin/**' } }),
  startBenchWorker('reference', folder),
])
const nginx = await startNginx(plain.url, folder)
const targets: Record<Question['beside'], Target | null> = {
  hello: reference,
  'one-row write': reference,
  'Hono and Postgres': plain,
  nginx,
}
try {
  await plain.connect(shop.primaryUrl, shop.vars['DEFAULT_STORE'] ?? 'store_demo')
  await stockUp(shop, QUIET)
  await stockUp(shop, HOT)
  await openDrop(shop, [HOT], LEAVES)
  if ('mixed pages and JSON'.includes(values.only)) {
    for (let i = 1; i <= SHELF; i += 1) await stockUp(shop, `SHELF-${i}`)
  }
  const lines: string[] = []
  for (const question of QUESTIONS.filter(({ name }) => name.includes(values.only))) {
    const beside = targets[question.beside]
    const line = beside
      ? await answer(question, beside)
      : `| ${question.name} | ${question.asking.clients} | | | | ${question.beside} | not installed | | | |`
    console.log(line)
    lines.push(line)
  }
  const told = [settling(), await hits(), await oneHit()].filter((line) => line !== '').join('\n\n')
  if (told !== '') console.log(told)
  if (values.write) {
    const command = `npm run bench -- --rounds ${rounds} --seconds ${seconds} --clients ${FEW}`
    await writeDown('Our routes', command, `${HEAD}\n${lines.join('\n')}\n\n${told}`)
  }
} finally {
  crowd.leave()
  plain.stop()
  nginx?.stop()
  await Promise.all([shop.stop(), reference.stop()])
  await rm(folder, { recursive: true, force: true })
}

async function answer(question: Question, beside: Target): Promise<string> {
  const { asking } = question
  const ours: Result[] = []
  const theirs: Result[] = []
  const buys = asking.walk === 'order' || asking.walk === 'purchase'
  await warm(asking)
  for (let round = 0; round < rounds; round++) {
    if (buys) await settled(shop)
    theirs.push(await crowd.ask(beside, { ...asking, ...REFERENCE[question.beside], seconds }))
    ours.push(await ask(question))
  }
  const ratios = ours.map(({ perSecond }, i) => perSecond / theirs[i]!.perSecond).sort((a, b) => a - b)
  return row(question, middle(ours), middle(theirs), ratios)
}

/** How much of what was asked was answered from memory. */
async function hits(): Promise<string> {
  const headers = { authorization: `Bearer ${shop.operatorKey}` }
  const response = await fetch(`${shop.url}/api/v1/admin/cache/stats`, { headers })
  const { said_ready, loads } = await response.json<{ said_ready: number; loads: number }>()
  const share = asked === 0 ? '' : ` (${((100 * said_ready) / asked).toFixed(1)} % of the ${asked} that could be)`
  return `Answers that lay ready: ${said_ready}${share}; questions to databases: ${loads}.`
}

async function oneHit(): Promise<string> {
  const cost = await cpuOfHits(shop.worker, PRODUCT, HITS)
  if (!cost) return ''
  const verdict = cost.p99 <= HIT_MARK_US ? 'reached' : '**missed**'
  return (
    `One hit, from the socket and back, takes the thread ${cost.p50.toFixed(0)} / ${cost.p95.toFixed(0)} / ${cost.p99.toFixed(0)} µs ` +
    `(p50 / p95 / p99 of ${HITS}); our middleware is a part of that, and 1 ms at p99 is its mark: ${verdict}.`
  )
}

/** Once a walk: the first second of a fresh process says more about its compiler than about the route. */
async function warm(asking: Asking): Promise<void> {
  const walk = `${asking.walk} ${asking.path}`
  if (!warmed.has(walk)) await crowd.ask(shop.worker, { ...asking, seconds: 1 })
  warmed.add(walk)
}

/** What the shop itself reads; not what stands behind the gateway. */
function isOurs({ walk, path }: Asking): boolean {
  return walk === 'mixed' || (walk === 'get' && !path.startsWith('/origin'))
}

async function ask(question: Question): Promise<Result> {
  const work = (): Promise<Result> => crowd.ask(shop.worker, { ...question.asking, seconds })
  const result = question.consumersAway ? await withConsumersAway(shop, work) : await work()
  if (isOurs(question.asking)) asked += result.walks
  return result
}

function row({ name, asking, beside, mark }: Question, ours: Result, theirs: Result, ratios: number[]): string {
  const ratio = ratios[Math.floor(ratios.length / 2)]!
  const verdict = mark === null ? '' : `${mark} ${ratio >= mark ? 'reached' : '**missed**'}`
  const range = `${ratios[0]!.toFixed(2)} to ${ratios.at(-1)!.toFixed(2)}`
  const cells = [
    name,
    asking.clients,
    ours.perSecond.toFixed(0),
    cpu(ours),
    `${ours.p50} / ${ours.p99}`,
    beside,
    theirs.perSecond.toFixed(0),
    cpu(theirs),
    `**${ratio.toFixed(2)}** (${range})`,
    verdict,
  ]
  return `| ${cells.join(' | ')} |`
}

function middle(results: readonly Result[]): Result {
  return results.toSorted((a, b) => a.perSecond - b.perSecond)[Math.floor(results.length / 2)]!
}

function cpu({ cpuMsPerWalk }: Result): string {
  return cpuMsPerWalk?.toFixed(2) ?? 'unknown'
}
