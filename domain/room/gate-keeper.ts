/**
 * Who comes in, as a drop keeps it: calls the next, gives passes, and hears what became of them. What is decided stands in
 * admission.ts; here it is looked up and written, each time within somebody's turn.
 */
import { assert } from '../basics/assert.ts'
import { accept, refuse, type Decision } from '../basics/decision.ts'
import { newId } from '../basics/ids.ts'
import type { Random } from '../basics/random.ts'
import type {
  DropTerms,
  DropUnits,
  PassAsked,
  PassGranted,
  PassNews,
  PassRefusal,
  RoomTerms,
  Standing,
} from '../message/drop-desk.ts'
import {
  HUNGRY_MS,
  PATIENCE_MS,
  PROMPT_MS,
  afterAdmission,
  afterCalling,
  afterLeaving,
  decideAdmit,
  graceEndOf,
  haltOf,
  placesNow,
  worthCalling,
  type Call,
  type Counts,
  type Pass,
} from './admission.ts'
import type { Hearsay } from './hearsay.ts'
import { refilled, unitsPerPassOf } from './pace.ts'
import { NOBODY_HUNGRY, hopesOf, remember, stillHungry, type Hungry } from './show-up.ts'
import type { DropStore, RoomState, Turn } from './store.ts'
import { statusIn, type Tally } from './told.ts'

/** So much of their patience may be lost to whoever is called last. */
const TOGETHER_MS = 100

export class GateKeeper {
  readonly #store: DropStore
  readonly #random: Random
  readonly #hearsay: Hearsay
  readonly #tally: Tally

  constructor(store: DropStore, random: Random, hearsay: Hearsay, tally: Tally) {
    this.#store = store
    this.#random = random
    this.#hearsay = hearsay
    this.#tally = tally
  }

  /** Brings the gate up to this instant: whoever's time is over has left, and whoever may come is called. */
  catchUp(turn: Turn): void {
    this.#endPasses(turn)
    this.#heed(turn)
    this.#lapse(turn)
    this.call(turn)
  }

  /** Calls as many as may come: those who came late first, then the line. */
  call({ now, drop, room }: Turn): void {
    const { terms } = drop
    if (!terms.room || room.phase !== 'line' || room.halt !== null) return
    const unitsPerPass = this.unitsPerPass(now, room.counts)
    // What was not spent is not written either: the same credit is found again from the older one.
    const callPace = refilled(room.counts.callPace, this.#hearsay.pace(now, terms.room, unitsPerPass), now)
    const places = placesNow({ ...room.counts, callPace }, terms.room)
    if (places === 0) return
    const late = this.#store.latecomers()
    const calls = this.#store.openCalls()
    const worthwhile = worthCalling({
      ...{ units: this.#hearsay.supposed(), unitsPerPass },
      hungry: stillHungry(this.#hungry(now, room.counts.admitted), unitsPerPass),
      ...hopesOf(calls, late, room.showUp, now),
    })
    const may = Math.min(places, worthwhile)
    if (may === 0) return
    const again = late.filter(({ calledAt }) => calledAt === null).slice(0, may)
    for (const one of again) this.#store.saveLatecomer({ ...one, calledAt: now })
    const { lastPosition, admittedThrough } = room.counts
    const fromLine = Math.min(may - again.length, lastPosition - admittedThrough)
    if (fromLine > 0) {
      this.#writeCall(calls.at(-1), { from: admittedThrough + 1, through: admittedThrough + fromLine }, now)
    }
    if (again.length + fromLine === 0) return
    room.counts = afterCalling({ ...room.counts, callPace }, again.length + fromLine, fromLine)
    assert(room.counts.called + room.counts.inside <= terms.room.insideMax, 'never more inside than there is room for')
  }

  /** People who are called within a moment are called together: a room reads its open calls with every turn. */
  #writeCall(last: Call | undefined, { from, through }: Pick<Call, 'from' | 'through'>, now: number): void {
    const people = through - from + 1
    if (last?.through === from - 1 && now < last.at + TOGETHER_MS) {
      this.#store.updateCall({ ...last, through, open: last.open + people })
    } else {
      this.#store.insertCall({ from, through, at: now, open: people, lapsed: false })
    }
  }

  /** Answers the pass, the same one as long as it lasts, or why not; writes what follows from it. */
  admit(turn: Turn, asked: PassAsked): Decision<PassGranted, PassRefusal> {
    const { now, room, drop } = turn
    if (!drop.terms.room) return refuse({ code: 'drop_has_no_room', drop: drop.terms.slug })
    const pace = this.#paceOf(now, drop.terms.room, room.counts)
    const decide = () =>
      decideAdmit(asked, {
        halt: room.halt,
        now,
        pace,
        counts: { ...room.counts, passPace: refilled(room.counts.passPace, pace, now) },
        pass: this.#passOf(asked),
        call: this.#callOf(asked.position),
        latecomer: this.#store.latecomer(asked.position),
      })
    let decision = decide()
    if (decision.ok && decision.value.kind === 'note_latecomer') {
      this.#store.saveLatecomer({ position: asked.position, askedAt: now, calledAt: null })
      this.call(turn) // there may be room this very instant
      decision = decide()
    }
    if (!decision.ok) return decision
    if (decision.value.kind === 'repeat') return accept(grantOf(decision.value.pass))
    assert(decision.value.kind === 'admit', 'a latecomer who was noted is not noted again')
    return accept(grantOf(this.#letIn(turn, asked, pace, drop.terms.room)))
  }

  /** Gives the pass for which a place inside was set aside by a call. */
  #letIn({ now, room }: Turn, asked: PassAsked, pace: number, terms: RoomTerms): Pass {
    const call = this.#callOf(asked.position)!
    if (call.lapsed) this.#store.removeLatecomer(asked.position)
    else this.#store.updateCall({ ...call, open: call.open - 1 })
    const pass: Pass = {
      position: asked.position,
      placeId: asked.placeId,
      passId: newId('pas', now, this.#random),
      issuedAt: now,
      until: now + terms.passDurationMs,
      used: false,
      refused: false,
      inside: true,
    }
    this.#store.insertPass(pass)
    room.counts = afterAdmission({ ...room.counts, passPace: refilled(room.counts.passPace, pace, now) })
    this.#tally.count(now)
    return pass
  }

  standing({ now, room }: Turn, position: number): Standing {
    const pass = this.#store.pass(position)
    if (pass) return pass.inside ? { phase: 'inside', until: pass.until } : { phase: 'used' }
    if (room.halt === 'ended' || room.halt === 'sold_out') return { phase: 'closed' }
    const call = this.#callOf(position)
    if (!call) return { phase: 'waiting' }
    if (!call.lapsed) return { phase: 'called', until: call.at + PATIENCE_MS }
    const calledAt = this.#store.latecomer(position)?.calledAt
    if (calledAt != null) return { phase: 'called', until: calledAt + PATIENCE_MS }
    const until = graceEndOf(call)
    return now < until ? { phase: 'missed', until } : { phase: 'left' }
  }

  /** What became of a pass. A repeat changes nothing. */
  hear({ room }: Turn, { what, passId }: PassNews): void {
    const pass = this.#store.passById(passId)
    if (!pass) return
    if (what === 'over' && pass.inside) {
      this.#store.updatePass({ ...pass, inside: false })
      room.counts = afterLeaving(room.counts, 1)
    } else if (what === 'used' && !pass.used) {
      this.#store.updatePass({ ...pass, used: true })
      this.#hearsay.hearPassUsed()
    } else if (what === 'refused' && !pass.refused) {
      this.#store.updatePass({ ...pass, refused: true })
    }
  }

  /** Units that one pass takes on average, as seen so far. */
  unitsPerPass(now: number, { admitted }: Counts): number {
    return unitsPerPassOf(this.#hearsay.supposed(), admitted - this.#hungry(now, admitted).people)
  }

  // Time passes

  /** Takes out of those inside whose pass has ended. */
  #endPasses({ now, room }: Turn): void {
    const next = this.#store.nextPassEnd()
    if (next === null || next > now || room.halt === 'paused') return
    room.counts = afterLeaving(room.counts, this.#store.endPassesBy(now))
  }

  /** What the terms, the clock and the stock mean for who is waited for: while nobody can come in, patience stands still. */
  #heed({ now, drop, room }: Turn): void {
    const units = this.#hearsay.units()
    if (units) heedStock(room, units, drop.terms, now)
    const halt = haltOf(statusIn(now, drop.terms, room))
    if (halt === room.halt) return
    if (room.halt === 'paused') {
      this.#store.extendPasses(now - room.haltedAt)
      room.counts = afterLeaving(room.counts, this.#store.endPassesBy(now))
    }
    if (halt === null) this.#resumePatience(now, now - room.haltedAt)
    room.halt = halt
    room.haltedAt = now
  }

  /** Patience stood still for so long. Whoever is waited for has to hear first that it goes on. */
  #resumePatience(now: number, stoodMs: number): void {
    const resumed = (at: number): number => Math.max(at + stoodMs, now - PATIENCE_MS + PROMPT_MS)
    for (const call of this.#store.openCalls()) this.#store.updateCall({ ...call, at: resumed(call.at) })
    for (const one of this.#store.latecomers()) {
      if (one.calledAt !== null) this.#store.saveLatecomer({ ...one, calledAt: resumed(one.calledAt) })
    }
  }

  /** Whoever was called and did not come is not expected any more. */
  #lapse({ now, room }: Turn): void {
    if (room.halt !== null) return
    for (const call of this.#store.openCalls()) {
      if (now < call.at + PATIENCE_MS) break
      this.#store.updateCall({ ...call, lapsed: true })
      room.showUp = remember(room.showUp, call)
      room.counts = { ...room.counts, called: room.counts.called - call.open }
    }
    for (const one of this.#store.latecomers()) {
      if (one.calledAt === null || now < one.calledAt + PATIENCE_MS) continue
      this.#store.removeLatecomer(one.position)
      room.counts = { ...room.counts, called: room.counts.called - 1 }
    }
  }

  #hungry(now: number, admitted: number): Hungry {
    return admitted > 0 ? this.#store.hungryPasses(now - HUNGRY_MS) : NOBODY_HUNGRY
  }

  #paceOf(now: number, terms: RoomTerms, counts: Counts): number {
    return this.#hearsay.pace(now, terms, this.unitsPerPass(now, counts))
  }

  #passOf({ position, placeId }: PassAsked): Pass | undefined {
    const pass = this.#store.pass(position)
    assert(!pass || pass.placeId === placeId, `position ${position} belongs to one place`)
    return pass
  }

  #callOf(position: number): Call | undefined {
    const call = this.#store.callBefore(position)
    return call && position <= call.through ? call : undefined
  }
}

function heedStock(room: RoomState, units: DropUnits, terms: DropTerms, now: number): void {
  const soldOut = units.free <= 0 && terms.skus.length > 0
  if (soldOut === room.soldOut) return
  // Stock that arrives before the opening, or where there was none at all, was never sold out.
  room.againAvailable = !soldOut && room.soldOutAt >= terms.opensAt
  room.soldOut = soldOut
  if (soldOut) room.soldOutAt = units.total > 0 ? now : 0
}

const grantOf = ({ passId, issuedAt, until }: Pass): PassGranted => ({ passId, issuedAt, expiresAt: until })
