/**
 * `npm run search` looks at every state of the stock tree's models and prints how many there were. Exits non-zero when a
 * promise is broken, a hope is lost, or a search did not end.
 */
import { explore, type Searched } from './explore.ts'
import { leaseModel, type Size } from './lease-model.ts'
import { LONG, STATES_MOST } from './sizes.ts'

let states = 0
for (const size of LONG) {
  const startedAt = performance.now()
  const found = explore(leaseModel(size), { statesMost: STATES_MOST })
  states += found.states
  console.log(`${inWords(size)}: ${figures(found)}, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  if (found.failure) report(found.failure)
  else if (!found.complete) {
    console.error(`  not complete: more than ${STATES_MOST} states`)
    process.exitCode = 1
  }
}
console.log(
  `${states.toLocaleString('en')} states in all${process.exitCode ? '' : ': no promise broken, no hope lost'}`,
)

function inWords({ units, unitsLeast, unitsMost, buyers, messagesMost }: Size): string {
  const stock = unitsLeast === unitsMost ? `${units} units` : `${unitsLeast} to ${unitsMost} units`
  return `2 leaves, ${stock}, ${buyers} buyers, ${messagesMost} in the air`
}

function figures({ states: seen, transitions, depth }: Searched): string {
  return `${seen.toLocaleString('en')} states, ${transitions.toLocaleString('en')} steps between them, ${depth} deep`
}

function report({ kind, what, story }: NonNullable<Searched['failure']>): void {
  console.error(`  ${kind}: ${what}`)
  for (const [i, line] of story.entries()) console.error(`  ${String(i + 1).padStart(3)}. ${line}`)
  process.exitCode = 1
}
