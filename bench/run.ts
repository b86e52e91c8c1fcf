/**
 * `npm run bench`: what our routes cost beside the least that the same runtime can do, in one run on the production
 * bundle. Each question is asked in rounds, in turn with the thing it is compared to, because these machines drift;
 * what counts is the ratio of each pair, and its median. Absolute figures are only good for this machine on this day.
 *
 * `--write` puts the table into docs/benchmarks.md.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseArgs } from 'node:util'
import { startShop, type Shop } from '../local/runner/shop.ts'
import { ROOT } from '../local/runner/root.ts'
import type { Workerd } from '../local/runner/workerd.ts'
import type { Job, Result } from './crowd.ts'
import { cpuMs } from './process-time.ts'
import { startReference } from './reference.ts'
import { stockUp } from './stock-up.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    clients: { type: 'string', default: '32' },
    write: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const clients = Number(values.clients)

interface Question {
  name: string
  job: (shop: Shop) => Pick<Job, 'walk' | 'path' | 'sku'>
  beside: 'hello' | 'one-row write'
  /** The first mark to reach; null: only told. */
  mark: number | null
}

const SKU = 'BENCH-1'

const QUESTIONS: readonly Question[] = [
  { name: 'product JSON', job: () => get('/api/v1/products/bench-1'), beside: 'hello', mark: 0.6 },
  { name: 'product page', job: () => get('/products/bench-1'), beside: 'hello', mark: null },
  { name: 'hold', job: () => ({ walk: 'hold', path: '', sku: SKU }), beside: 'one-row write', mark: 0.5 },
  { name: 'hold and order', job: () => ({ walk: 'purchase', path: '', sku: SKU }), beside: 'one-row write', mark: 0.3 },
]

const REFERENCE: Record<Question['beside'], Pick<Job, 'walk' | 'path' | 'sku'>> = {
  hello: { walk: 'get', path: '/hello', sku: '' },
  'one-row write': { walk: 'row', path: '/row', sku: '' },
}

function get(path: string): Pick<Job, 'walk' | 'path' | 'sku'> {
  return { walk: 'get', path, sku: '' }
}

interface Measured extends Result {
  cpuMsPerWalk: number | null
}

const folder = await mkdtemp(join(tmpdir(), 'onrush-bench-'))
const [shop, reference] = await Promise.all([startShop({ empty: true }), startReference(folder)])
try {
  await stockUp(shop, SKU)
  const lines: string[] = []
  for (const question of QUESTIONS) lines.push(await answer(question))
  const table = [
    '| question | per second | CPU ms each | p50 / p99 ms | beside | per second | CPU ms each | ratio (least to most) | mark |',
    '|---|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n')
  console.log(table)
  if (values.write) await writeDown(table)
} finally {
  await Promise.all([shop.stop(), reference.stop()])
  await rm(folder, { recursive: true, force: true })
}

async function answer(question: Question): Promise<string> {
  const ours: Measured[] = []
  const theirs: Measured[] = []
  const job = question.job(shop)
  await measure(shop.worker, { ...job, seconds: 1 }) // warm
  for (let round = 0; round < rounds; round++) {
    theirs.push(await measure(reference, { ...REFERENCE[question.beside], seconds }))
    ours.push(await measure(shop.worker, { ...job, seconds }))
    // Orders settle behind the answer; the next round must not pay for this one's.
    if (job.walk === 'purchase') await quiet()
  }
  const ratios = ours.map(({ perSecond }, i) => perSecond / theirs[i]!.perSecond).sort((a, b) => a - b)
  const ratio = ratios[Math.floor(ratios.length / 2)]!
  const verdict = question.mark === null ? '' : `${question.mark} ${ratio >= question.mark ? 'reached' : 'MISSED'}`
  const mine = middle(ours)
  const other = middle(theirs)
  return (
    `| ${question.name} | ${rate(mine)} | ${cpu(mine)} | ${mine.p50} / ${mine.p99} | ${question.beside} | ${rate(other)} | ` +
    `${cpu(other)} | **${ratio.toFixed(2)}** (${ratios[0]!.toFixed(2)} to ${ratios.at(-1)!.toFixed(2)}) | ${verdict} |`
  )
}

async function measure(worker: Workerd, job: Pick<Job, 'walk' | 'path' | 'sku' | 'seconds'>): Promise<Measured> {
  const before = cpuMs(worker.pid)
  const work: Job = { ...job, url: worker.url, clients }
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    join(ROOT, 'benc./crowd.ts'),
    JSON.stringify(work),
  ])
  const result = JSON.parse(stdout) as Result
  if (result.failures > 0) throw new Error(`${job.walk} failed ${result.failures} times: ${result.firstFailure}`)
  const after = cpuMs(worker.pid)
  const cpuMsPerWalk = before === null || after === null ? null : (after - before) / Math.max(1, result.walks)
  return { ...result, cpuMsPerWalk }
}

async function quiet(): Promise<void> {
  for (let calm = 0; calm < 3;) {
    const waiting = Object.values(await shop.queues()).reduce((sum, { messages }) => sum + messages, 0)
    calm = waiting === 0 ? calm + 1 : 0
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

function middle(measured: readonly Measured[]): Measured {
  return [...measured].sort((a, b) => a.perSecond - b.perSecond)[Math.floor(measured.length / 2)]!
}

function rate({ perSecond }: Measured): string {
  return perSecond.toFixed(0)
}

function cpu({ cpuMsPerWalk }: Measured): string {
  return cpuMsPerWalk === null ? 'unknown' : cpuMsPerWalk.toFixed(2)
}

async function writeDown(table: string): Promise<void> {
  const path = join(ROOT, 'docs/benchmarks.md')
  const before = await readFile(path, 'utf8')
  const date = new Date().toISOString().slice(0, 10)
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}`
  const command = `npm run bench -- --rounds ${rounds} --seconds ${seconds} --clients ${clients}`
  await writeFile(path, `${before.trimEnd()}\n\n### ${date}, ${machine}\n\n\`${command}\`\n\n${table}\n`)
}
