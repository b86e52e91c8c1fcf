/** `npm run linearizability -- --rounds 20`: the test beside this, again and again, with larger crowds. */
import { parseArgs } from 'node:util'
import { startShop } from '../../local/runner/shop.ts'
import { Operator } from '../operator.ts'
import { recordAndCheck, UNHINDERED, type Checked } from './record.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } })
const CROWD = { keys: 16, holds: 16, visitors: 8, clients: 16 }

const shop = await startShop({ empty: true, vars: UNHINDERED })
try {
  const operator = new Operator(shop.url, shop.operatorKey)
  for (let round = 1; round <= Number(values.rounds); round++)
    report(round, await recordAndCheck(shop, operator, CROWD, round))
} finally {
  await shop.stop()
}

function report(round: number, histories: readonly Checked[]): void {
  const sum = (of: (one: Checked) => number): number => histories.reduce((total, one) => total + of(one), 0)
  const bad = histories.filter(({ verdict }) => verdict.verdict !== 'linearizable')
  const seen = `${histories.length} histories, ${sum((one) => one.operations)} operations, ${sum((one) => one.open)} without an answer`
  console.log(`round ${round}: ${seen}: ${bad.length === 0 ? 'all linearizable' : `${bad.length} NOT`}`)
  for (const { name, verdict } of bad) console.error(`  ${name}: ${JSON.stringify(verdict)}`)
  if (bad.length > 0) process.exitCode = 1
}
