/**
 * Lets few be worked for at once, those who matter most first, and lets the others stand where they can be seen.
 *
 * A runtime that has one thread, and something to do, does not look who else has come: whoever asks then stands in a line
 * that nobody counts, behind all that was begun before, and hears neither yes nor no. So only so much is begun at once that
 * the runtime soon comes around to the door again.
 *
 * Most work is waiting for somebody far away, and keeps nobody from the door. A turn is therefore over after some looks even
 * where the work is not. It is looked every so often, as soon as the runtime gets to it: where it has nothing else to do a
 * turn is short and hundreds are under way together; where it is late all the time a turn lasts as long as the work.
 */

/** Somebody who is being worked for. */
export interface Turn {
  looks: number
}

/** Then a turn is over, whatever has become of the work; also when whoever asked for it was cut off. */
export const LOOKS_PER_TURN = 5

export class Turnstile {
  /** How many turns there are at once. */
  readonly #width: number
  /** The Set's order is that of beginning. */
  readonly #turns = new Set<Turn>()
  /** By rank, the first goes first; within a rank in the order of coming. */
  readonly #standing: ((turn: Turn) => void)[][]

  constructor(ranks: number, width: number) {
    this.#width = width
    this.#standing = Array.from({ length: ranks }, () => [])
  }

  get standing(): number {
    return this.#standing.reduce((sum, line) => sum + line.length, 0)
  }

  /** Whether there is anything to look at. */
  get isInUse(): boolean {
    return this.#turns.size > 0 || this.standing > 0
  }

  /** A turn at once, or the promise of one. `rank` 0 goes first. */
  enter(rank: number): Turn | Promise<Turn> {
    if (this.#turns.size < this.#width && this.standing === 0) return this.#begin()
    return new Promise((resolve) => this.#standing[rank]!.push(resolve))
  }

  /** The work is done. Safe to repeat, and after the turn is over. */
  leave(turn: Turn): void {
    this.#turns.delete(turn)
    this.#letIn()
  }

  /** To be called every so often, and as late as the runtime likes. */
  look(): void {
    for (const turn of this.#turns) {
      turn.looks += 1
      if (turn.looks >= LOOKS_PER_TURN) this.#turns.delete(turn)
    }
    this.#letIn()
  }

  #begin(): Turn {
    const turn = { looks: 0 }
    this.#turns.add(turn)
    return turn
  }

  #letIn(): void {
    while (this.#turns.size < this.#width) {
      const next = this.#standing.find((line) => line.length > 0)?.shift()
      if (!next) return
      next(this.#begin())
    }
  }
}
