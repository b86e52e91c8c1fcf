/**
 * `npm run bench:stock`: how many holds a second does one StockObject take, beside the runtime's own ceiling for an RPC
 * that writes one row? The real class and the row's live in one workerd and are asked from inside it, in turns, with
 * 1, 32 and 200 calls in flight. A hold writes four rows; the mark is half of the one-row write.
 *
 * `--write` puts the table into docs/benchmarks.md.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startBenchWorker } from './bench-worker.ts'
import { writeDown } from './write-down.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    write: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)

const MARK = 0.5
const HEAD = [
  '| in flight | holds per second | one-row writes per second | ratio (least to most) | mark |',
  '|---|---|---|---|---|',
].join('\n')

const folder = await mkdtemp(join(tmpdir(), 'onrush-bench-'))
const worker = await startBenchWorker('stock-object', folder)
try {
  await Promise.all(['row', 'hold'].map((what) => ask(what, 32, 1))) // warm
  const lines: string[] = []
  for (const inFlight of [1, 32, 200]) {
    const line = await compare(inFlight)
    console.log(line)
    lines.push(line)
  }
  if (values.write) {
    const command = `npm run bench:stock -- --rounds ${rounds} --seconds ${seconds}`
    await writeDown('The owner of a SKU alone', command, `${HEAD}\n${lines.join('\n')}`)
  }
} finally {
  await worker.stop()
  await rm(folder, { recursive: true, force: true })
}

async function compare(inFlight: number): Promise<string> {
  const pairs: { holds: number; rows: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const rows = await ask('row', inFlight, seconds)
    pairs.push({ rows, holds: await ask('hold', inFlight, seconds) })
  }
  const sorted = pairs.toSorted((a, b) => a.holds / a.rows - b.holds / b.rows)
  const { holds, rows } = sorted[Math.floor(sorted.length / 2)]!
  const [least, ratio, most] = [sorted[0]!, { holds, rows }, sorted.at(-1)!].map((pair) => pair.holds / pair.rows)
  const range = `${least!.toFixed(2)} to ${most!.toFixed(2)}`
  const verdict = ratio! >= MARK ? 'reached' : '**missed**'
  return `| ${inFlight} | ${holds.toFixed(0)} | ${rows.toFixed(0)} | **${ratio!.toFixed(2)}** (${range}) | ${MARK} ${verdict} |`
}

async function ask(what: string, inFlight: number, forSeconds: number): Promise<number> {
  const response = await fetch(`${worker.url}/${what}?inflight=${inFlight}&seconds=${forSeconds}`)
  if (!response.ok) throw new Error(`The bench worker answered ${response.status}: ${await response.text()}`)
  const { perSecond }: { perSecond: number } = JSON.parse(await response.text())
  return perSecond
}
