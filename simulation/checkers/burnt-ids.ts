/** STK4 and STK25: a hold that has ended is over, also when its row is forgotten. */
import { Violation } from './violation.ts'

export class BurntIds {
  readonly #forgotten = new Set<string>()

  forgotten(place: string, holdId: string): void {
    this.#forgotten.add(`${place} ${holdId}`)
  }

  /** A hold that an order takes anew has an id of the order's, which it may ask for again long after: for its own units. */
  expectNew(place: string, holdId: string): void {
    if (holdId.includes('/again/') || !this.#forgotten.has(`${place} ${holdId}`)) return
    throw new Violation('STK4', `${holdId} had ended at ${place}, was forgotten, and is held again`)
  }
}
