/**
 * Every state that a small model can reach, one after another, nearest first. Where the simulation throws dice, this
 * leaves nothing out: within its bounds a promise that survives here is not "never seen broken" but not breakable.
 *
 * Breadth first, so the first story that ends badly is also a shortest one. Two ends are bad: a state in which a promise
 * is broken, and a state from which something we hope for can no longer be reached by the protocol's own steps, however
 * kind the world is from then on (in the language of temporal logic AG EF hope, with the faults left out of EF). A
 * deadlock is the plainest of those.
 *
 * No symmetry is used: models whose parts are interchangeable are searched once for each arrangement. That costs memory
 * and time, and leaves no argument about symmetry to get wrong.
 */
import { assert } from '../../domain/basics/assert.ts'

/** One thing that may happen next. */
export interface Step<State> {
  /** A line of the story: "leaf 1 asks for 2 units". */
  what: string
  to: State
  /** Done to the protocol, not by it: a message lost or repeated, a restart. Hopes must not depend on it. */
  fault?: boolean
}

export interface Model<State> {
  initial: State
  /** The state as text: equal texts are one state. */
  keyOf: (state: State) => string
  steps: (state: State) => Iterable<Step<State>>
  /** The promise that is broken in this state; null: all are kept. */
  broken: (state: State) => string | null
  /** What must stay within reach, in words, and how a state is recognised in which it has come true. */
  hopes: Readonly<Record<string, (state: State) => boolean>>
}

export interface Bounds {
  /** Searching stops here, and says so. */
  statesMost: number
}

export interface Searched {
  states: number
  transitions: number
  /** Steps to the farthest state. */
  depth: number
  /** False: the bound was met first, and what lies beyond is not known. Hopes are not judged then. */
  complete: boolean
  failure: Failure | null
}

export interface Failure {
  kind: 'broken' | 'hopeless'
  what: string
  /** What happened, from the first state to the bad one. */
  story: readonly string[]
}

export function explore<State>(model: Model<State>, { statesMost }: Bounds): Searched {
  const map = new StateMap(model)
  map.discover(model.initial, -1, '')
  let at = 0
  for (; at < map.states && map.brokenAt === null; at++) {
    if (map.states > statesMost) return { ...map.figures(), complete: false, failure: null }
    map.expand(at)
  }
  return { ...map.figures(), complete: map.brokenAt === null, failure: map.brokenPromise() ?? map.lostHope() }
}

/** What is known so far: numbered states, how each was first reached, and which steps lead where. */
class StateMap<State> {
  readonly #model: Model<State>
  readonly #numbers = new Map<string, number>()
  /** A state is needed until it has been expanded; after that its number is enough. */
  readonly #waiting = new Map<number, State>()
  readonly #from: number[] = []
  readonly #how: string[] = []
  readonly #depth: number[] = []
  /** Bit h: hope h has come true here. */
  readonly #fulfilled: number[] = []
  /** The steps that are no faults: those of state n end in `#targets[#firstStep[n] .. #firstStep[n + 1]]`. */
  readonly #firstStep: number[] = [0]
  readonly #targets: number[] = []
  #transitions = 0
  brokenAt: { state: number; what: string } | null = null

  constructor(model: Model<State>) {
    assert(Object.keys(model.hopes).length <= 30, 'hopes fit into the bits of a small integer')
    this.#model = model
  }

  get states(): number {
    return this.#from.length
  }

  figures(): { states: number; transitions: number; depth: number } {
    return { states: this.states, transitions: this.#transitions, depth: this.#depth.at(-1) ?? 0 }
  }

  discover(state: State, from: number, how: string): number {
    const key = this.#model.keyOf(state)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.states
    this.#numbers.set(key, number)
    this.#waiting.set(number, state)
    this.#from.push(from)
    this.#how.push(how)
    this.#depth.push(from < 0 ? 0 : this.#depth[from]! + 1)
    const hopes = Object.values(this.#model.hopes)
    this.#fulfilled.push(hopes.reduce((bits, isFulfilled, h) => bits | (Number(isFulfilled(state)) << h), 0))
    const what = this.#model.broken(state)
    if (what !== null) this.brokenAt ??= { state: number, what }
    return number
  }

  expand(number: number): void {
    const state = this.#waiting.get(number)!
    this.#waiting.delete(number)
    for (const { what, to, fault } of this.#model.steps(state)) {
      this.#transitions += 1
      const target = this.discover(to, number, what)
      if (!fault && target !== number) this.#targets.push(target)
    }
    this.#firstStep.push(this.#targets.length)
  }

  brokenPromise(): Failure | null {
    if (!this.brokenAt) return null
    return { kind: 'broken', what: this.brokenAt.what, story: this.#storyOf(this.brokenAt.state) }
  }

  /** The nearest state from which a hope can no longer come true. Only of use when every state has been expanded. */
  lostHope(): Failure | null {
    let nearest: { state: number; hope: string } | null = null
    for (const [h, hope] of Object.keys(this.#model.hopes).entries()) {
      const state = this.#firstOutsideReachOf(h)
      if (state !== null && (nearest === null || state < nearest.state)) nearest = { state, hope }
    }
    if (!nearest) return null
    const { state, hope } = nearest
    const deadlock = this.#firstStep[state] === this.#firstStep[state + 1] ? ', and nothing can happen any more' : ''
    return { kind: 'hopeless', what: `never again: ${hope}${deadlock}`, story: this.#storyOf(state) }
  }

  /** Walks the steps backwards from where the hope has come true; whoever is not met has lost it. */
  #firstOutsideReachOf(hope: number): number | null {
    const backwards = this.#stepsBackwards()
    const reaches = new Uint8Array(this.states)
    const open: number[] = []
    for (let n = 0; n < this.states; n++) if (this.#fulfilled[n]! & (1 << hope)) open.push(n)
    for (const n of open) reaches[n] = 1
    for (let n = open.pop(); n !== undefined; n = open.pop()) {
      for (let i = backwards.first[n]!; i < backwards.first[n + 1]!; i++) {
        const source = backwards.sources[i]!
        if (reaches[source]) continue
        reaches[source] = 1
        open.push(source)
      }
    }
    const outside = reaches.indexOf(0)
    return outside < 0 ? null : outside
  }

  /** The same steps, sorted by where they end (a counting sort). */
  #stepsBackwards(): { first: Int32Array; sources: Int32Array } {
    const first = new Int32Array(this.states + 1)
    for (const target of this.#targets) first[target + 1]! += 1
    for (let n = 0; n < this.states; n++) first[n + 1]! += first[n]!
    const next = first.slice()
    const sources = new Int32Array(this.#targets.length)
    for (let source = 0; source < this.states; source++) {
      for (let i = this.#firstStep[source]!; i < this.#firstStep[source + 1]!; i++) {
        sources[next[this.#targets[i]!]!++] = source
      }
    }
    return { first, sources }
  }

  #storyOf(state: number): string[] {
    const story: string[] = []
    for (let n = state; this.#from[n]! >= 0; n = this.#from[n]!) story.unshift(this.#how[n]!)
    return story
  }
}
