/** The few things the keeper of a drop asks of its storage: Maps in memory-store.ts, SQLite in the Durable Object. */
import type { DropTerms, NumberRange } from '../message/drop-desk.ts'
import type { Call, Counts, Halt, Latecomer, Pass } from './admission.ts'
import type { Hungry } from './show-up.ts'

/** What the drop's object knows from the day it was described. Written seldom. */
export interface DropRecord {
  terms: DropTerms
  /** Hexadecimal; secret until the draw is done. */
  seed: string
  /** How many objects keep places. Never changes, since the places' ids lead there. */
  shards: number
  /** Since when the opening instant and the pause are what they are: nobody is called late who could not have known. */
  changedAt: number
}

/** Where the room is. One row, read with every turn and written by every turn that changes it. */
export interface RoomState {
  /** `collecting`: the places' objects hand over their lots; `drawing`: they are all here and are put in order. */
  phase: 'before' | 'collecting' | 'drawing' | 'line'
  /** Who joined before this instant takes part in the draw. */
  openedAt: number | null
  drawnAt: number | null
  /** Lots in the draw. */
  drawn: number
  /** Hexadecimal: the digest of all lots. */
  root: string | null
  counts: Counts
  halt: Halt | null
  haltedAt: number
  /** What share of the people who were called has come of late, as far as calls are over. */
  showUp: number
  soldOut: boolean
  soldOutAt: number
  againAvailable: boolean
}

/** One turn of a drop's keepers: what it found, and what it will write. */
export interface Turn {
  now: number
  drop: DropRecord
  room: RoomState
}

export interface DropStore {
  /** All of the work, or, when it throws, none of it. */
  transaction<Result>(work: () => Result): Result
  drop(): DropRecord | undefined
  saveDrop(record: DropRecord): void
  room(): RoomState | undefined
  saveRoom(state: RoomState): void

  /** The lots of one object of places, as it handed them over. */
  lots(shard: number): Uint8Array | undefined
  saveLots(shard: number, lots: Uint8Array): void
  shardsWithLots(): number[]
  /** The positions of those lots (uint32, little endian). */
  positions(shard: number): Uint8Array | undefined
  savePositions(shard: number, positions: Uint8Array): void
  /** The lots in the order of the draw, in pages. */
  page(number: number): Uint8Array | undefined
  savePage(number: number, lots: Uint8Array): void

  /** Numbers given to the places in line of one object, those after `after`, in order. */
  ranges(shard: number, after: number): NumberRange[]
  lastRange(shard: number): NumberRange | undefined
  insertRange(shard: number, range: NumberRange): void

  insertCall(call: Call): void
  updateCall(call: Call): void
  /** The call that a position was in, or the last one before it. */
  callBefore(position: number): Call | undefined
  /** Calls whose patience is not over, the oldest first. */
  openCalls(): Call[]

  latecomer(position: number): Latecomer | undefined
  saveLatecomer(latecomer: Latecomer): void
  removeLatecomer(position: number): void
  /** In the order in which they asked. */
  latecomers(): Latecomer[]

  pass(position: number): Pass | undefined
  passById(passId: string): Pass | undefined
  insertPass(pass: Pass): void
  updatePass(pass: Pass): void
  /** Takes the passes that end by now out of those inside. Answers how many. */
  endPassesBy(now: number): number
  /** Lets every pass that is inside and unused end so much later. */
  extendPasses(byMs: number): void
  /** The end of the first pass inside; null: nobody is. */
  nextPassEnd(): number | null
  /** Passes inside that were given after `since`, have bought nothing yet and were refused nothing; `leftMs`: since then. */
  hungryPasses(since: number): Hungry
  /** Counted anew from the rows. */
  recount(): { called: number; inside: number; admitted: number }
}
