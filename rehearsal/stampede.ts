/**
 * `npm run stampede -- --buyers 5000 --units 500 --runs 20`: far more people than units, all at once, over real HTTP
 * against the production bundle, while objects are aborted at random. Prints a row a run and exits with 1 when any of
 * them broke a promise, with the seed and what was seen. `--help` says the rest.
 */
import { parseArgs } from 'node:util'
import { startShop } from '../local/runner/shop.ts'
import { writeDown } from '../bench/write-down.ts'
import { milliseconds } from './spread.ts'
import { Stampedes, type Outcome, type Terms } from './stampede/run.ts'

const HELP = `npm run stampede -- [options]

  --buyers <n>    people in each run (5000)
  --units <n>     units for sale, of two SKUs together (500)
  --runs <n>      stampedes, one after the other (20)
  --clients <n>   connections at once (64)
  --leaves <n>    leaves of the stock tree; 0: the owner of each SKU sells alone (6)
  --room          behind a waiting room: --inside people at once (200), --pace admissions a minute (6000)
  --seed <n>      of the first run; each that follows takes the next (1)
  --calm          without aborted objects
  --write         note the table in docs/benchmarks.md
`

const { values } = parseArgs({
  options: {
    buyers: { type: 'string', default: '5000' },
    units: { type: 'string', default: '500' },
    runs: { type: 'string', default: '20' },
    clients: { type: 'string', default: '64' },
    leaves: { type: 'string', default: '6' },
    room: { type: 'boolean', default: false },
    inside: { type: 'string', default: '200' },
    pace: { type: 'string', default: '6000' },
    seed: { type: 'string', default: '1' },
    calm: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const SHOWN_MOST = 10
/** Long enough to see what the vanished took come back. */
const PASS_MS = 60_000

const HEAD = [
  '| seed | s | gone after s | requests | per s | holds | hold p50 / p95 / p99 ms | refusals | refusal p50 / p95 / p99 ms | 503 | aborted | sold | verdict |',
  '|---|---|---|---|---|---|---|---|---|---|---|---|---|',
].join('\n')

async function stampede(): Promise<number> {
  const terms: Omit<Terms, 'seed'> = {
    buyers: Number(values.buyers),
    units: Number(values.units),
    clients: Number(values.clients),
    leaves: Number(values.leaves),
    room: values.room
      ? { inside_max: Number(values.inside), admissions_per_minute: Number(values.pace), pass_duration_ms: PASS_MS }
      : null,
    aborts: !values.calm,
  }
  const shop = await startShop({ empty: true })
  const outcomes: Outcome[] = []
  try {
    const stampedes = new Stampedes(shop)
    console.log(HEAD)
    for (let run = 0; run < Number(values.runs); run++) {
      const outcome = await stampedes.run({ ...terms, seed: Number(values.seed) + run })
      outcomes.push(outcome)
      console.log(row(outcome, terms.units))
      for (const { fault, what } of outcome.violations.slice(0, SHOWN_MOST))
        console.log(`  seed ${outcome.seed}: ${fault}: ${what}`)
    }
  } finally {
    await shop.stop()
  }
  const broken = outcomes.filter(({ violations }) => violations.length > 0)
  console.log(sumOf(outcomes, terms.units))
  if (values.write)
    await writeDown(
      'Stampede',
      command(),
      `${HEAD}\n${outcomes.map((one) => row(one, terms.units)).join('\n')}\n\n${sumOf(outcomes, terms.units)}`,
    )
  return broken.length > 0 ? 1 : 0
}

function row(outcome: Outcome, units: number): string {
  const faults = [...Map.groupBy(outcome.violations, ({ fault }) => fault)].map(
    ([fault, all]) => `${all.length} × ${fault}`,
  )
  const cells = [
    outcome.seed,
    seconds(outcome.tookMs),
    outcome.goneAfterMs === null ? '-' : seconds(outcome.goneAfterMs),
    outcome.asked,
    outcome.perSecond.toFixed(0),
    outcome.holds,
    milliseconds(outcome.hold),
    outcome.refusals,
    milliseconds(outcome.refusal),
    outcome.busy,
    outcome.aborted,
    `${outcome.sold} / ${units}`,
    faults.length === 0 ? 'clean' : `**${faults.join(', ')}**`,
  ]
  return `| ${cells.join(' | ')} |`
}

function sumOf(outcomes: readonly Outcome[], units: number): string {
  const faults = outcomes.flatMap(({ violations }) => violations)
  const count = (fault: string): number => faults.filter((one) => one.fault === fault).length
  const sold = outcomes.reduce((sum, one) => sum + one.sold, 0)
  return (
    `${outcomes.length} runs, ${sold} of ${units * outcomes.length} units sold: ${count('oversold')} oversold, ` +
    `${count('unsold')} unsold, ${count('false_sold_out')} false "sold out", ${faults.length} violations in all.`
  )
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1)
const command = (): string =>
  `npm run stampede -- ${process.argv
    .slice(2)
    .filter((word) => word !== '--write')
    .join(' ')}`.trim()

if (values.help) {
  process.stdout.write(HELP)
} else {
  process.exitCode = await stampede()
}
