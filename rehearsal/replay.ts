/**
 * `npm run replay -- emf` and `npm run replay -- shmoocon`: a real on-sale again, open loop, against the production
 * bundle. Prints a table and exits with 1 when something was not held in time, somebody waited too long for a no, or an
 * answer was not as documented. `--help` says the rest.
 */
import { parseArgs } from 'node:util'
import { writeDown } from '../bench/write-down.ts'
import { startShop } from '../local/runner/shop.ts'
import { SHMOOCON } from './curves/shmoocon.ts'
import { emfPlan, shmooconPlan, type Plan } from './replay/plans.ts'
import { replay, written } from './replay/run.ts'

const HELP = `npm run replay -- emf|shmoocon [options]

  --seed <n>         who comes when, within the curve (1)
  --connections <n>  connections at most, for baskets and for reloads each (48; see README.md)
  --leaves <n>       leaves of the stock tree; 0: the owner of each SKU sells alone (6)
  --room             behind a waiting room: --inside people at once (400), --pace admissions a minute (12000)
  --demand <x>       emf: so many times the baskets that were served then (1.5)
  --reloads <n>      shmoocon: reloads a second before the opening (${SHMOOCON.before}, as in 2021)
  --pages <percent>  shmoocon: reloads that are of the whole page; the rest ask \`now\` (10)
  --write            note the table in docs/benchmarks.md
`
const SHOWN_MOST = 10
const PASS_MS = 60_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    connections: { type: 'string', default: '48' },
    leaves: { type: 'string', default: '6' },
    room: { type: 'boolean', default: false },
    inside: { type: 'string', default: '400' },
    pace: { type: 'string', default: '12000' },
    demand: { type: 'string', default: '1.5' },
    reloads: { type: 'string', default: String(SHMOOCON.before) },
    pages: { type: 'string', default: '10' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function planned(name: string | undefined): Plan | null {
  const seed = Number(values.seed)
  if (name === 'emf') return emfPlan({ mark: 'EMF', seed, demand: Number(values.demand) })
  if (name !== 'shmoocon') return null
  const before = Number(values.reloads)
  return shmooconPlan({ mark: 'SHMOO', seed, before, pagesPercent: Number(values.pages) })
}

async function run(plan: Plan, slug: string): Promise<number> {
  const shop = await startShop({ empty: true })
  try {
    const outcome = await replay(shop, {
      ...{ slug, plan, connections: Number(values.connections), leaves: Number(values.leaves) },
      room: values.room
        ? { inside_max: Number(values.inside), admissions_per_minute: Number(values.pace), pass_duration_ms: PASS_MS }
        : null,
    })
    const text = written(outcome)
    console.log(text)
    for (const { fault, what } of outcome.violations.slice(0, SHOWN_MOST)) console.log(`  ${fault}: ${what}`)
    const asked = process.argv.slice(2).filter((word) => word !== '--write')
    if (values.write) await writeDown('Replay', `npm run replay -- ${asked.join(' ')}`, text)
    return outcome.violations.length > 0 ? 1 : 0
  } finally {
    await shop.stop()
  }
}

const [name] = positionals
const plan = planned(name)
if (values.help || name === undefined || plan === null) {
  process.stdout.write(HELP)
  process.exitCode = values.help ? 0 : 1
} else {
  process.exitCode = await run(plan, name)
}
