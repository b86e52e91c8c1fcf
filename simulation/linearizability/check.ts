/**
 * Whether what clients saw of one thing could have come from that thing doing one operation at a time, each at some
 * instant between its question and its answer (Herlihy and Wing 1990). The search is Wing and Gong's (1993) with Lowe's
 * memory of what has been tried (2017): take any operation that may come first, apply it, go on; turn back when an
 * answer stands that cannot be explained; never try the same rest from the same state twice.
 *
 * A question whose answer was lost may have taken effect at any time after it was asked, or never. A history is of one
 * thing (a key, a hold, a pass, a visitor's limit): histories of different things are checked apart, which loses nothing
 * (linearizability is local) and keeps each search small. The search may still be long, so it has a limit; a search that
 * was given up has found nothing, and says `unknown`.
 */
import { assert } from '../../domain/basics/assert.ts'

export interface Operation<Input, Output> {
  input: Input
  /** Null: no answer was heard. */
  output: Output | null
  /** When it was asked and when the answer had come, by one clock. Without an answer `to` means nothing. */
  from: number
  to: number
}

/** How the thing behaves when it is asked one operation at a time. */
export interface Spec<State, Input, Output> {
  initial: State
  /**
   * The states the operation may leave behind when it gave this answer; none: it could not have. With `null` for an
   * answer nobody heard: the states in which it may have left the thing, whatever it would have answered.
   */
  after: (state: State, input: Input, output: Output | null) => readonly State[]
  /** The state as text: equal texts are one state. */
  keyOf: (state: State) => string
}

export type Verdict<Input, Output> =
  | { verdict: 'linearizable' }
  | {
      verdict: 'not_linearizable'
      /** The longest beginning that can be explained, in the order that explains it, and an answer that then cannot. */
      explained: readonly Operation<Input, Output>[]
      unexplained: Operation<Input, Output>
    }
  | { verdict: 'unknown'; stepsMost: number }

/** Far more than honest histories of two hundred operations have needed. */
const STEPS_MOST = 2_000_000

export function checkLinearizability<State, Input, Output>(
  spec: Spec<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  { stepsMost = STEPS_MOST } = {},
): Verdict<Input, Output> {
  const search = new Search(spec, history)
  for (let steps = 0; !search.isExplained(); steps++) {
    if (steps >= stepsMost) return { verdict: 'unknown', stepsMost }
    if (!search.step()) return { verdict: 'not_linearizable', ...search.best! }
  }
  return { verdict: 'linearizable' }
}

/** One end of an operation, in a doubly linked list by time. Taking an operation up unlinks both of its ends. */
interface Event {
  operation: number
  isAnswer: boolean
  at: number
  /** The other end; null for a question without an answer. */
  answer: Event | null
  before: Event
  after: Event | null
}

/** Specs may leave several states possible, so the search carries sets of them. */
interface Possible<State> {
  key: string
  states: readonly State[]
}

class Search<State, Input, Output> {
  readonly #spec: Spec<State, Input, Output>
  readonly #history: readonly Operation<Input, Output>[]
  readonly #head: Event
  #event: Event | null
  #possible: Possible<State>
  #answersLeft: number
  readonly #taken: { event: Event; before: Possible<State> }[] = []
  readonly #isTaken: Uint16Array
  readonly #tried = new Set<string>()
  best: { explained: Operation<Input, Output>[]; unexplained: Operation<Input, Output> } | undefined

  constructor(spec: Spec<State, Input, Output>, history: readonly Operation<Input, Output>[]) {
    this.#spec = spec
    this.#history = history
    this.#head = listOf(history)
    this.#event = this.#head.after
    this.#possible = this.#setOf([spec.initial])
    this.#answersLeft = history.filter(({ output }) => output !== null).length
    this.#isTaken = new Uint16Array(Math.ceil(history.length / 16))
  }

  isExplained(): boolean {
    return this.#answersLeft === 0
  }

  /** One move of the search; false when there is none left to make. */
  step(): boolean {
    const event = this.#event
    assert(event, 'an answer that nobody has taken up is still ahead')
    if (event.isAnswer) {
      this.#note(event.operation)
      return this.#turnBack()
    }
    const next = this.#apply(this.#history[event.operation]!)
    if (next && this.#isNew(event.operation, next)) {
      this.#take(event, next)
      this.#event = this.#head.after
    } else this.#event = event.after
    return true
  }

  /** What may be so after the operation; null when it cannot come now, or would change nothing that anybody sees. */
  #apply({ input, output }: Operation<Input, Output>): Possible<State> | null {
    const states = this.#possible.states.flatMap((state) => this.#spec.after(state, input, output))
    if (states.length === 0) return null
    const next = this.#setOf(states)
    return output === null && next.key === this.#possible.key ? null : next
  }

  #isNew(operation: number, next: Possible<State>): boolean {
    flip(this.#isTaken, operation)
    const key = `${String.fromCharCode(...this.#isTaken)} ${next.key}`
    flip(this.#isTaken, operation)
    if (this.#tried.has(key)) return false
    this.#tried.add(key)
    return true
  }

  #take(event: Event, next: Possible<State>): void {
    this.#taken.push({ event, before: this.#possible })
    flip(this.#isTaken, event.operation)
    this.#possible = next
    unlink(event)
    if (!event.answer) return
    unlink(event.answer)
    this.#answersLeft -= 1
  }

  #turnBack(): boolean {
    const last = this.#taken.pop()
    if (!last) return false
    const { event, before } = last
    if (event.answer) {
      relink(event.answer)
      this.#answersLeft += 1
    }
    relink(event)
    flip(this.#isTaken, event.operation)
    this.#possible = before
    this.#event = event.after
    return true
  }

  #note(unexplained: number): void {
    if (this.best && this.best.explained.length >= this.#taken.length) return
    this.best = {
      explained: this.#taken.map(({ event }) => this.#history[event.operation]!),
      unexplained: this.#history[unexplained]!,
    }
  }

  #setOf(states: readonly State[]): Possible<State> {
    const byKey = new Map(states.map((state) => [this.#spec.keyOf(state), state]))
    return { key: [...byKey.keys()].sort().join('|'), states: [...byKey.values()] }
  }
}

function listOf(history: readonly Operation<unknown, unknown>[]): Event {
  const events: Omit<Event, 'before'>[] = []
  for (const [operation, { from, to, output }] of history.entries()) {
    assert(output === null || from <= to, 'an answer comes after its question')
    const answer = output === null ? null : { operation, isAnswer: true, at: to, answer: null, after: null }
    events.push({ operation, isAnswer: false, at: from, answer: answer as Event | null, after: null })
    if (answer) events.push(answer)
  }
  // At one instant questions come first: what touches may have overlapped.
  events.sort((a, b) => a.at - b.at || Number(a.isAnswer) - Number(b.isAnswer))
  const head = { operation: -1, isAnswer: false, at: -Infinity, answer: null, after: null } as unknown as Event
  let last = head
  for (const event of events as Event[]) {
    event.before = last
    last.after = event
    last = event
  }
  return head
}

function unlink({ before, after }: Event): void {
  before.after = after
  if (after) after.before = before
}

/** Undoes `unlink`, newest first: the event still knows its neighbours. */
function relink(event: Event): void {
  event.before.after = event
  if (event.after) event.after.before = event
}

function flip(bits: Uint16Array, at: number): void {
  bits[at >> 4]! ^= 1 << (at & 15)
}
