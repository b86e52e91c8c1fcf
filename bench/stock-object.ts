/**
 * `npm run bench:stock`: how many holds a second does one StockObject take, beside the runtime's own ceiling for an RPC
 * that writes one row? The real class and the row's live in one workerd and are asked from inside it, in turns, with
 * 1, 32 and 200 calls in flight. A hold writes four rows; the mark is half of the one-row write.
 *
 * `--rounds 5` and `--seconds 2` say for how long. `--write` puts the table into docs/benchmarks.md.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startBenchWorker } from './bench-worker.ts'
import { cpuMs } from './process-time.ts'
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
  '| in flight | holds per second | CPU ms each | one-row writes per second | CPU ms each | ratio (least to most) | mark |',
  '|---|---|---|---|---|---|---|',
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

interface Answer {
  perSecond: number
  cpuMsEach: number | null
}

async function compare(inFlight: number): Promise<string> {
  const pairs: { holds: Answer; rows: Answer; ratio: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const rows = await ask('row', inFlight, seconds)
    const holds = await ask('hold', inFlight, seconds)
    pairs.push({ rows, holds, ratio: holds.perSecond / rows.perSecond })
  }
  const sorted = pairs.toSorted((a, b) => a.ratio - b.ratio)
  const { holds, rows, ratio } = sorted[Math.floor(sorted.length / 2)]!
  const range = `${sorted[0]!.ratio.toFixed(2)} to ${sorted.at(-1)!.ratio.toFixed(2)}`
  const verdict = `${MARK} ${ratio >= MARK ? 'reached' : '**missed**'}`
  return `| ${[inFlight, figures(holds), figures(rows), `**${ratio.toFixed(2)}** (${range})`, verdict].join(' | ')} |`
}

function figures({ perSecond, cpuMsEach }: Answer): string {
  return `${perSecond.toFixed(0)} | ${cpuMsEach?.toFixed(2) ?? 'unknown'}`
}

async function ask(what: string, inFlight: number, forSeconds: number): Promise<Answer> {
  const before = cpuMs(worker.pids)
  const response = await fetch(`${worker.url}/${what}?inflight=${inFlight}&seconds=${forSeconds}`)
  if (!response.ok) throw new Error(`The bench worker answered ${response.status}: ${await response.text()}`)
  const { perSecond, answered }: { perSecond: number; answered: number } = JSON.parse(await response.text())
  const after = cpuMs(worker.pids)
  return { perSecond, cpuMsEach: before === null || after === null ? null : (after - before) / Math.max(1, answered) }
}
