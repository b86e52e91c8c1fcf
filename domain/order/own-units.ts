/**
 * Units of our own leaves move within the turn that wants them: nobody has to be sent, nothing can get lost on the way.
 * What is left of a step, for others or because a leaf must first ask for more, is handed out.
 */
import type { Step, UnitsOutcome } from '../message/settle.ts'
import type { Leaves } from './leaves.ts'
import { tell } from './news.ts'
import type { Order } from './order.ts'
import { nextStep } from './settlement.ts'

/** The order after all of its units that are with us have moved as its next steps want. Within a transaction. */
export function moveOwnUnits(leaves: Leaves, order: Order, now: number): Order {
  for (let known = order; ;) {
    const step = nextStep(known, now)
    if (step.kind !== 'units') return known
    const lines = step.asks.flatMap((ask): UnitsOutcome[] => {
      const moved = leaves.isOurs(ask) ? leaves.move(ask) : null
      return moved ? [{ sku: ask.sku, holdId: ask.holdId, ...moved }] : []
    })
    const { move, refundId } = step
    const after = lines.length === 0 ? known : tell(known, { kind: 'units', move, refundId, lines }, now)
    if (after === known) return known
    known = after
  }
}

/** The step, saying of each ask whether its units are with us. */
export function addressed(leaves: Leaves, step: Step): Step {
  if (step.kind !== 'units') return step
  return { ...step, asks: step.asks.map((ask) => (leaves.isOurs(ask) ? { ...ask, atLeaf: true } : ask)) }
}
