/**
 * Those who were told that there is nothing left, and stay on the page. When units come back some of them try again: a
 * few more than there are units, as when a page says "again available". They go when nothing can come back any more.
 */
import type { Line } from './history.ts'

export interface Units {
  free: number
  held: number
}

interface Hopeful {
  lines: readonly Line[]
  decide: (again: boolean) => void
}

/** For each unit that is free so many try: not all of them still want it. */
const TRY_PER_UNIT = 3

export class Hopefuls {
  readonly #waiting = new Set<Hopeful>()
  #stock: ReadonlyMap<string, Units> = new Map()

  /** A SKU of which there was something when it was last looked at; null: there was nothing. */
  anythingLeft(): string | null {
    return [...this.#stock].find(([, { free }]) => free > 0)?.[0] ?? null
  }

  /** Resolves with true when it is worth another try, with false when there is no hope. */
  stays(lines: readonly Line[]): Promise<boolean> {
    return new Promise((decide) => this.#waiting.add({ lines, decide }))
  }

  /** The stock as it was just seen. */
  hear(stock: ReadonlyMap<string, Units>): void {
    this.#stock = new Map(stock)
    const chances = new Map([...stock].map(([sku, { free }]) => [sku, free * TRY_PER_UNIT]))
    for (const hopeful of [...this.#waiting]) {
      const { lines } = hopeful
      if (lines.some(({ sku, quantity }) => quantity > coming(stock.get(sku)))) {
        this.#decided(hopeful, false)
      } else if (lines.every(({ sku, quantity }) => enough(stock.get(sku), chances.get(sku), quantity))) {
        for (const { sku, quantity } of lines) chances.set(sku, chances.get(sku)! - quantity)
        this.#decided(hopeful, true)
      }
    }
  }

  /** Everybody goes home. */
  close(): void {
    for (const hopeful of [...this.#waiting]) this.#decided(hopeful, false)
  }

  #decided(hopeful: Hopeful, again: boolean): void {
    this.#waiting.delete(hopeful)
    hopeful.decide(again)
  }
}

const coming = (units: Units | undefined): number => (units ? units.free + units.held : Infinity)

const enough = (units: Units | undefined, chances = 0, quantity: number): boolean =>
  units !== undefined && units.free >= quantity && chances >= quantity
