/** `npm run aa -- [how many]`: 10,000 A/A experiments of 30 days, looked at every day, for each metric. A minute or two. */
import { METRICS } from '../../domain/experiment/experiment.ts'
import { peekDaily } from './aa.ts'

const experiments = Number(process.argv[2] ?? 10_000)
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`
let worst = 0

for (const metric of METRICS) {
  const { alarms, naiveAlarms, mismatches } = peekDaily({ experiments, days: 30, seed: 20261121, metric })
  worst = Math.max(worst, alarms)
  console.log(
    `${metric.padEnd(12)} false alarms ${percent(alarms)}; by a daily z-test of conversion ${percent(naiveAlarms)}; uneven splits ${percent(mismatches)}`,
  )
}
console.log(worst <= 0.05 ? 'At most 5 % everywhere.' : 'MORE THAN 5 %.')
process.exitCode = worst <= 0.05 ? 0 : 1
