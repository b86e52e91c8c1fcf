/**
 * Those who were told that there is nothing left, and stay on the page. When units come back some of them try again: a
 * few more than there are units, as when a page says "again available". They go when nothing can come back any more.
 */
import type { Line } from './history.ts'

export interface Units {
  free: number
  held: number
}

/** What somebody stays for: all of these lines or, if they are not so particular, any one unit. */
export interface Wish {
  lines: readonly Line[]
  takesAnything: boolean
}

interface Hopeful extends Wish {
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
  stays(wish: Wish): Promise<boolean> {
    return new Promise((decide) => this.#waiting.add({ ...wish, decide }))
  }

  /** The stock as it was just seen. */
  hear(stock: ReadonlyMap<string, Units>): void {
    this.#stock = new Map(stock)
    const chances = new Map([...stock].map(([sku, { free }]) => [sku, free * TRY_PER_UNIT]))
    for (const hopeful of [...this.#waiting]) {
      const choices = choicesOf(hopeful, [...stock.keys()])
      const choice = choices.find((lines) => lines.every((line) => isWorthATry(line, stock, chances)))
      if (choice) {
        for (const { sku, quantity } of choice) chances.set(sku, chances.get(sku)! - quantity)
        this.#decided(hopeful, true)
      } else if (!choices.some((lines) => lines.every((line) => mayCome(line, stock)))) {
        this.#decided(hopeful, false)
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

const choicesOf = ({ lines, takesAnything }: Wish, skus: readonly string[]): (readonly Line[])[] => [
  lines,
  ...(takesAnything ? skus.map((sku) => [{ sku, quantity: 1 }]) : []),
]

const isWorthATry = (
  { sku, quantity }: Line,
  stock: ReadonlyMap<string, Units>,
  chances: ReadonlyMap<string, number>,
): boolean => (stock.get(sku)?.free ?? 0) >= quantity && (chances.get(sku) ?? 0) >= quantity

/** A SKU that nobody has looked at yet may have anything. */
function mayCome({ sku, quantity }: Line, stock: ReadonlyMap<string, Units>): boolean {
  const units = stock.get(sku)
  return units === undefined || units.free + units.held >= quantity
}
