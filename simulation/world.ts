/**
 * The world of one seed: a virtual clock, dice, and a list of what happens next. Nothing here knows about shops.
 *
 * Everything is an event at an instant. Events of one instant happen in the order in which they were planned, so the
 * same seed always lives the same life; `fingerprint` is a hash of that life (what was told, and when each thing happened),
 * for comparing two runs. A world has two
 * ages: under *weather* faults may strike; once it *heals* they may not, and everything must come to rest.
 */
import type { Clock } from '../domain/basics/clock.ts'
import { type Random, seededRandom } from '../domain/basics/random.ts'

interface Happening {
  at: number
  order: number
  what: () => void
}

export class World {
  readonly clock: Clock = { now: () => this.#now }
  readonly dice: Random
  readonly seed: number
  /** How often each rare path was reached; the `sometimes` assertions read it over all seeds. */
  readonly reached = new Map<string, number>()
  steps = 0
  healed = false
  fingerprint = 0
  #now: number
  #order = 0
  readonly #ahead: Happening[] = []
  readonly #lines: string[] = []
  readonly #linesMost: number

  constructor(seed: number, { startAt = 1_800_000_000_000, linesMost = 12 } = {}) {
    this.seed = seed
    this.dice = seededRandom(seed)
    this.#now = startAt
    this.#linesMost = linesMost
  }

  /** Plans something `ms` from now. */
  later(ms: number, what: () => void): void {
    insert(this.#ahead, { at: this.#now + Math.max(0, Math.round(ms)), order: this.#order++, what })
  }

  /** Lets the next thing happen; false when nothing is planned any more. */
  step(): boolean {
    const next = takeFirst(this.#ahead)
    if (!next) return false
    this.#now = Math.max(this.#now, next.at)
    this.steps += 1
    this.fingerprint = mixed(mixed(this.fingerprint, next.order), this.#now % 2 ** 31)
    next.what()
    return true
  }

  /** Adds a line to the story. Only the last few are kept; all of them are in the fingerprint. */
  tell(line: () => string): void {
    const text = `${this.#now} ${line()}`
    this.fingerprint = hash(this.fingerprint, text)
    this.#lines.push(text)
    if (this.#lines.length > this.#linesMost) this.#lines.shift()
  }

  get lastLines(): readonly string[] {
    return this.#lines
  }

  /** True with probability `share`, and never once the world has healed. */
  strikes(share: number): boolean {
    return !this.healed && share > 0 && this.dice.fraction() < share
  }

  /** A whole number from `least` to `most`, both in. */
  between(least: number, most: number): number {
    return least + Math.floor(this.dice.fraction() * (most - least + 1))
  }

  oneOf<Thing>(things: readonly Thing[]): Thing {
    return things[Math.floor(this.dice.fraction() * things.length)]!
  }

  sometimes(what: string): void {
    this.reached.set(what, (this.reached.get(what) ?? 0) + 1)
  }
}

const before = (a: Happening, b: Happening): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

function insert(heap: Happening[], happening: Happening): void {
  let at = heap.push(happening) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!before(heap[at]!, heap[parent]!)) return
    ;[heap[at], heap[parent]] = [heap[parent]!, heap[at]!]
    at = parent
  }
}

function takeFirst(heap: Happening[]): Happening | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (!first || !last || heap.length === 0) return first
  heap[0] = last
  for (let at = 0; ;) {
    const left = 2 * at + 1
    const right = left + 1
    let least = at
    if (left < heap.length && before(heap[left]!, heap[least]!)) least = left
    if (right < heap.length && before(heap[right]!, heap[least]!)) least = right
    if (least === at) return first
    ;[heap[at], heap[least]] = [heap[least]!, heap[at]!]
    at = least
  }
}

/** FNV-1a over UTF-16 units: enough to tell two lives apart. */
function hash(from: number, text: string): number {
  let hashed = from ^ 0x811c9dc5
  for (let i = 0; i < text.length; i++) hashed = mixed(hashed, text.charCodeAt(i))
  return hashed
}

const mixed = (from: number, by: number): number => Math.imul(from ^ by, 0x01000193) >>> 0
