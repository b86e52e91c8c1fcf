/**
 * `npm run overload`: what the production bundle can do, and then ten times as many people, open loop. Prints a table and
 * exits with 1 when less than nine tenths of that was done, when somebody got an answer that the shop's papers do not know
 * or none, or when those who matter more were sent away first. `--help` says the rest.
 */
import { parseArgs } from 'node:util'
import { writeDown } from '../bench/write-down.ts'
import { startShop } from '../local/runner/shop.ts'
import { overload, written } from './overload/run.ts'

const HELP = `npm run overload -- [options]

  --rounds <n>       of both crowds (3)
  --seconds <n>      each; the first four are not counted (14)
  --clients <n>      people at once, to find out what the shop can do (200)
  --connections <n>  connections of the larger crowd (1500)
  --times <x>        so many times as many people as that (10)
  --write            note the table in docs/benchmarks.md
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '14' },
    clients: { type: 'string', default: '200' },
    connections: { type: 'string', default: '1500' },
    times: { type: 'string', default: '10' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const WARM_UP_SECONDS = 4

async function run(): Promise<number> {
  const shop = await startShop({ empty: true })
  try {
    const times = Number(values.times)
    const outcome = await overload(shop, {
      ...{ rounds: Number(values.rounds), seconds: Number(values.seconds), warmUpSeconds: WARM_UP_SECONDS, times },
      ...{ clients: Number(values.clients), connections: Number(values.connections) },
    })
    const text = written(outcome, times)
    console.log(text)
    const asked = process.argv.slice(2).filter((word) => word !== '--write')
    if (values.write) await writeDown('Overload', ['npm run overload', '--', ...asked].join(' '), text)
    return outcome.wrong.length > 0 ? 1 : 0
  } finally {
    await shop.stop()
  }
}

if (values.help) process.stdout.write(HELP)
else process.exitCode = await run()
