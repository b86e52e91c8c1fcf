/**
 * Who comes in when. Positions are called in order by one number that only grows; whoever was called takes a pass within
 * their patience, and what they were expected for goes to the next if they do not come. Called and inside together
 * never exceed the room's limit: a place inside is set aside by the call and not by the pass, so whoever is called can
 * come in. The pace is kept twice, by the calls and by the passes, because many who were called slowly may come at once.
 *
 * Plain values in, decisions out; keeper.ts records them.
 */
import { accept, refuse, type Decision } from '../basics/decision.ts'
import type { DropStatus } from '../drop/drop.ts'
import type { DropUnits, PassAsked, PassRefusal, RoomTerms } from '../message/drop-desk.ts'
import { affordable, nextInMs, roomInStock, spent, type Bucket } from './pace.ts'

/** How long a called person's place inside is kept. Some polls of a page that is open, a slow network, a hand on the way. */
export const PATIENCE_MS = 15_000
/**
 * How long units are kept in mind for a called person. An open page hears of its turn within two seconds; who has not
 * come after five most likely will not, and the unit is somebody else's chance. Their place inside is kept all the same.
 */
export const PROMPT_MS = 5_000
/** How long after that they may still come, as soon as there is room again. A phone that slept, a train in a tunnel. */
export const GRACE_MS = 10 * 60_000
/** A pass that has bought nothing for so long is not expected to, when it is reckoned for how many the stock is enough. */
export const HUNGRY_MS = 20_000

/** What the room counts. Kept in step with the rows; `recount` of the store adds up anew. */
export interface Counts {
  /** The last number that was given to anybody. */
  lastPosition: number
  /** Everybody up to here was called; it only grows. */
  admittedThrough: number
  /** Called, still expected, without a pass. */
  called: number
  /** With a pass that is good. */
  inside: number
  /** Passes ever given. */
  admitted: number
  callPace: Bucket
  passPace: Bucket
}

/** People called together. */
export interface Call {
  from: number
  through: number
  at: number
  /** How many of them are still expected. */
  open: number
  /** Their patience is over: whoever comes now is late. */
  lapsed: boolean
}

/** Somebody who came late and asked to be let in; `calledAt`: they were called again. */
export interface Latecomer {
  position: number
  askedAt: number
  calledAt: number | null
}

export interface Pass {
  position: number
  placeId: string
  passId: string
  issuedAt: number
  /** Exclusive. */
  until: number
  used: boolean
  /** It asked for units that were not there. It may ask for others, but is no longer expected to. */
  refused: boolean
  /** Still good: its time is not over, and what it was for is not either. */
  inside: boolean
}

/** Why nobody can be let in for now; null: nothing keeps them. */
export type Halt = 'scheduled' | 'paused' | 'sold_out' | 'ended'
export const haltOf = (status: DropStatus): Halt | null => (status === 'open' ? null : status)

/** What is known of the stock, and of those who have come to it already. */
export interface Prospects {
  units: DropUnits | null
  unitsPerPass: number
  /** How many of those who have a pass and no units yet are still expected to take some. */
  hungry: number
  /** How many of those who were called will still come. */
  expected: number
  /** What share comes of those who are called now. */
  showUp: number
}

/** How many people there is a place inside for, at the pace that is kept. */
export const placesNow = (counts: Counts, terms: RoomTerms): number =>
  Math.max(0, Math.min(terms.insideMax - counts.inside - counts.called, affordable(counts.callPace)))

/**
 * How many are worth calling: as many as bring about as many takers as there are units. Nobody is promised a unit by
 * being called; a unit that waits for people who have gone home is kept from those who have not.
 */
export function worthCalling({ units, unitsPerPass, hungry, expected, showUp }: Prospects): number {
  const wanted = roomInStock(units, unitsPerPass) - hungry - expected
  return Math.max(0, Math.floor(wanted / showUp + ROUNDING))
}

/** So that three times a third is one. */
const ROUNDING = 1e-9

/** Exclusive: until then somebody who missed their call may still come. */
export const graceEndOf = ({ at }: Call): number => at + PATIENCE_MS + GRACE_MS

/** What the keeper has found about somebody who wants in. */
export interface AdmitView {
  halt: Halt | null
  now: number
  pace: number
  counts: Counts
  pass: Pass | undefined
  /** The call their position was in. */
  call: Call | undefined
  latecomer: Latecomer | undefined
}

/** What follows: the same pass again, a new one, or a note that somebody came late (and the refusal that says so). */
export type Admitting = { kind: 'repeat'; pass: Pass } | { kind: 'admit' } | { kind: 'note_latecomer' }

/** Decides whether somebody gets a pass. Asking again changes nothing that asking once did not. */
export function decideAdmit(asked: PassAsked, view: AdmitView): Decision<Admitting, PassRefusal> {
  const { pass, halt, now, counts } = view
  if (pass && !pass.inside) return refuse({ code: 'place_has_left' })
  if (halt === 'paused') return refuse({ code: 'drop_paused' })
  if (pass) return accept({ kind: 'repeat', pass })
  if (halt === 'sold_out' || halt === 'ended') return refuse({ code: 'room_closed', reason: halt })
  const wait = (retryInMs: number): Decision<never, PassRefusal> =>
    refuse({
      code: 'not_your_turn_yet',
      position: asked.position,
      admittedThrough: counts.admittedThrough,
      retryInMs,
    })
  const { call, latecomer } = view
  if (asked.position > counts.admittedThrough || !call || halt === 'scheduled') return wait(POLL_MS)
  if (call.lapsed && latecomer?.calledAt == null) {
    if (now >= graceEndOf(call)) return refuse({ code: 'place_has_left' })
    return latecomer ? wait(POLL_MS) : accept({ kind: 'note_latecomer' })
  }
  return affordable(counts.passPace) > 0 ? accept({ kind: 'admit' }) : wait(nextInMs(counts.passPace, view.pace))
}

/** Ask again about every second. */
export const POLL_MS = 1000

/** A pass was given: whoever was expected is inside. */
export const afterAdmission = (counts: Counts): Counts => ({
  ...counts,
  called: counts.called - 1,
  inside: counts.inside + 1,
  admitted: counts.admitted + 1,
  passPace: spent(counts.passPace, 1),
})

export const afterLeaving = (counts: Counts, people: number): Counts => ({ ...counts, inside: counts.inside - people })

/** `people` were called, `fromLine` of them from the line and the others because they came late. */
export const afterCalling = (counts: Counts, people: number, fromLine: number): Counts => ({
  ...counts,
  admittedThrough: counts.admittedThrough + fromLine,
  called: counts.called + people,
  callPace: spent(counts.callPace, people),
})
