/**
 * The keeper of a drop and of its waiting room: looks, decides and records, each turn in one transaction. The room's
 * clock is this keeper's clock; what is due is done by whoever touches it next, and an alarm touches it when nobody does.
 */
import { assert } from '../basics/assert.ts'
import type { Clock } from '../basics/clock.ts'
import { accept, refuse, type Decision } from '../basics/decision.ts'
import { newId } from '../basics/ids.ts'
import type { Random } from '../basics/random.ts'
import { statusAt, type DropStatus } from '../drop/drop.ts'
import type {
  DrawEntry,
  DrawView,
  DropLive,
  DropNow,
  DropTerms,
  DropUnits,
  NumberRange,
  NumbersAsked,
  PassAsked,
  PassGranted,
  PassNews,
  PassRefusal,
  RoomPhase,
  RoomTerms,
  Standing,
} from '../message/drop-desk.ts'
import type { Pressure } from '../message/pacer-desk.ts'
import {
  HUNGRY_MS,
  PATIENCE_MS,
  PROMPT_MS,
  afterAdmission,
  afterCalling,
  afterLeaving,
  callsNow,
  decideAdmit,
  graceEndOf,
  haltOf,
  type Call,
  type Counts,
  type Pass,
} from './admission.ts'
import { bytesOfHex, hexOf, joined, type Digest } from './bytes.ts'
import { ALGORITHM, Draw, LOT_BYTES, SEED_BYTES, commitmentOf, inOrder, mixOf, rootOf } from './draw.ts'
import { fullBucket, paceNow, paymentsPerMinuteOf, refilled, unitsPerPassOf } from './pace.ts'
import { shardsFor } from './place.ts'
import { NOBODY_HUNGRY, hopesOf, remember, stillHungry, type Hungry } from './show-up.ts'
import type { DropRecord, DropStore, RoomState } from './store.ts'

/** 160 kB of lots a row. */
const LOTS_PER_PAGE = 10_000
/** What one answer about the draw holds. */
export const ENTRIES_MAX = 1000
/** How often the room looks by itself while people wait: half of a second's promise. */
export const TICK_MS = 500
/** What was heard of the payments holds so long; who waits for it asks again each second. */
const PAYMENT_PACE_MS = 60_000

/** One turn: what it found, and what it will write. */
interface Turn {
  now: number
  drop: DropRecord
  room: RoomState
}

export class DropKeeper {
  readonly #store: DropStore
  readonly #clock: Clock
  readonly #random: Random
  readonly #digest: Digest
  /** As the owners of the stock last said; after an eviction nobody is called until they have said it again. */
  #units: DropUnits | null = null
  /** Passes that were used since then: each has taken a unit that is still counted as free. */
  #usedSince = 0
  #payments: { perMinute: number | null; until: number } = { perMinute: null, until: 0 }
  /** Before the opening: how many have joined, by object; a hint that each tells again. */
  #joined = new Map<number, number>()
  /** Admissions of the last two seconds, for whoever watches. */
  #seconds: { second: number; admitted: number }[] = []

  constructor(store: DropStore, clock: Clock, random: Random, digest: Digest) {
    this.#store = store
    this.#clock = clock
    this.#random = random
    this.#digest = digest
  }

  /** Safe to repeat and to reorder: only a newer version changes anything. */
  describe(terms: DropTerms): void {
    this.#store.transaction(() => {
      const now = this.#clock.now()
      const known = this.#store.drop()
      if (known && known.terms.version >= terms.version) return
      const moved = known?.terms.opensAt !== terms.opensAt || known.terms.paused !== terms.paused
      this.#store.saveDrop({
        terms,
        seed: known?.seed ?? hexOf(this.#random.bytes(SEED_BYTES)),
        shards: known?.shards ?? shardsFor(terms.expectedBuyers),
        changedAt: known && !moved ? known.changedAt : now,
      })
      if (!known) this.#store.saveRoom(newRoom(terms, now))
    })
    this.#turn(() => undefined)
  }

  terms(): DropTerms | undefined {
    return this.#store.drop()?.terms
  }

  shards(): number {
    return this.#store.drop()?.shards ?? 0
  }

  // What everybody is told

  now(): DropNow | null {
    return this.#turn((turn) => this.#nowIn(turn)) ?? null
  }

  live(): DropLive | null {
    const live = this.#turn((turn) => {
      const { admitted, admittedThrough, called } = turn.room.counts
      const second = Math.floor(turn.now / 1000) - 1
      return {
        ...this.#nowIn(turn),
        admitted,
        admittedLastSecond: this.#seconds.find((one) => one.second === second)?.admitted ?? 0,
        missed: Math.max(0, admittedThrough - admitted - called),
      }
    })
    return live ?? null
  }

  #nowIn({ now, drop: { terms, shards }, room }: Turn): DropNow {
    const { counts } = room
    const unitsPerPass = this.#unitsPerPass(now, counts)
    return {
      id: terms.id,
      slug: terms.slug,
      version: terms.version,
      status: statusIn(now, terms, room),
      at: now,
      opensAt: terms.opensAt,
      endsAt: terms.endsAt,
      room: terms.room && {
        phase: phaseOf(room),
        drawnAt: room.drawnAt,
        terms: terms.room,
        shards,
        admittedThrough: counts.admittedThrough,
        waiting: room.phase === 'before' ? this.#joinedSoFar() : counts.lastPosition - counts.admittedThrough,
        inside: counts.inside,
        called: counts.called,
        admissionsPerMinute: this.#pace(now, terms.room, unitsPerPass),
        unitsPerPass,
      },
      units: this.#units,
      againAvailable: room.againAvailable,
    }
  }

  // The opening and the draw

  /** When the opening's next step is due; null: none is, or it waits for the operator. */
  nextOpeningDue(): number | null {
    const drop = this.#store.drop()
    const room = this.#store.room()
    if (!drop?.terms.room || !room || room.phase === 'line' || drop.terms.paused) return null
    return room.phase === 'before' ? drop.terms.opensAt : 0
  }

  /**
   * Closes the lots when the time has come: from now on it is settled who takes part. Answers the objects that have not
   * handed over theirs, and for whom; null: it is not time, or there is nothing left to collect.
   */
  open(): { openedAt: number; missing: number[] } | null {
    const opened = this.#turn((turn) => {
      const { drop, room, now } = turn
      if (!drop.terms.room || drop.terms.paused || now < drop.terms.opensAt) return null
      if (room.phase === 'before') {
        room.phase = 'collecting'
        room.openedAt = Math.max(drop.terms.opensAt, drop.changedAt)
      }
      if (room.phase !== 'collecting') return null
      const here = new Set(this.#store.shardsWithLots())
      return {
        openedAt: room.openedAt!,
        missing: Array.from({ length: drop.shards }, (_, shard) => shard).filter((shard) => !here.has(shard)),
      }
    })
    return opened ?? null
  }

  /** Takes over one object's lots, once. With the last of them the line can begin to be numbered. */
  keepLots(shard: number, lots: Uint8Array): void {
    assert(lots.length % LOT_BYTES === 0, 'whole lots')
    this.#turn(({ room, drop }) => {
      if (room.phase !== 'collecting' || this.#store.lots(shard)) return
      this.#store.saveLots(shard, lots)
      if (this.#store.shardsWithLots().length < drop.shards) return
      const all = this.#allLots(drop)
      room.drawn = all.length / LOT_BYTES
      room.root = rootOf(all, this.#digest)
      room.counts = { ...room.counts, lastPosition: room.drawn }
      room.phase = 'drawing'
    })
  }

  /** The draw to be carried out, in slices; null: it is not time, or it is done. */
  beginDraw(): Draw | null {
    const room = this.#store.room()
    const drop = this.#store.drop()
    if (!drop || room?.phase !== 'drawing') return null
    const mix = mixOf(bytesOfHex(drop.seed), bytesOfHex(room.root!), this.#digest)
    return new Draw(this.#allLots(drop), mix, this.#digest)
  }

  /** Writes down what came out. From now on there is a line. */
  keepOrder(order: Uint32Array): void {
    this.#turn(({ room, drop, now }) => {
      if (room.phase !== 'drawing') return
      assert(order.length === room.drawn, 'every lot has a position')
      const drawn = inOrder(this.#allLots(drop), order)
      const positions = new Uint32Array(order.length)
      order.forEach((lot, i) => (positions[lot] = i + 1))
      for (let page = 0; page * LOTS_PER_PAGE < order.length; page++) {
        const bytes = LOTS_PER_PAGE * LOT_BYTES
        this.#store.savePage(page, drawn.slice(page * bytes, (page + 1) * bytes))
      }
      let at = 0
      for (let shard = 0; shard < drop.shards; shard++) {
        const count = this.#store.lots(shard)!.length / LOT_BYTES
        this.#store.savePositions(shard, littleEndian(positions.subarray(at, (at += count))))
      }
      room.phase = 'line'
      room.drawnAt = now
    })
  }

  positionsOf(shard: number): Uint8Array | null {
    return this.#store.positions(shard) ?? null
  }

  draw(): DrawView | null {
    const drop = this.#store.drop()
    const room = this.#store.room()
    if (!drop?.terms.room || !room) return null
    const isDone = room.phase === 'line'
    return {
      commitment: commitmentOf(bytesOfHex(drop.seed), this.#digest),
      algorithm: ALGORITHM,
      joined: room.phase === 'before' || room.phase === 'collecting' ? this.#joinedSoFar() : room.drawn,
      drawnAt: room.drawnAt,
      seed: isDone ? drop.seed : null,
      publicValue: isDone ? room.root : null,
      root: isDone ? room.root : null,
    }
  }

  drawEntries(afterPosition: number): DrawEntry[] {
    const entries: DrawEntry[] = []
    const drawn = this.#store.room()?.phase === 'line' ? this.#store.room()!.drawn : 0
    let page: { number: number; lots: Uint8Array } | undefined
    for (let i = Math.max(0, afterPosition); i < drawn && entries.length < ENTRIES_MAX; i++) {
      const number = Math.floor(i / LOTS_PER_PAGE)
      if (page?.number !== number) page = { number, lots: this.#store.page(number)! }
      const at = (i % LOTS_PER_PAGE) * LOT_BYTES
      entries.push({ position: i + 1, lot: hexOf(page.lots.subarray(at, at + LOT_BYTES)) })
    }
    return entries
  }

  #allLots(drop: DropRecord): Uint8Array {
    return joined(...Array.from({ length: drop.shards }, (_, shard) => this.#store.lots(shard)!))
  }

  // The line

  /**
   * Gives numbers to places that came after the opening. Null: the lots are not all here, so nobody knows yet with which
   * number the line begins. A repeat finds the numbers of the first time.
   */
  number({ shard, after, through }: NumbersAsked): NumberRange[] | null {
    const ranges = this.#turn(({ room }) => {
      if (room.phase === 'before' || room.phase === 'collecting') return null
      const last = this.#store.lastRange(shard)
      const numbered = last ? last.from + last.count - 1 : 0
      if (through > numbered) {
        const count = through - numbered
        this.#store.insertRange(shard, { from: numbered + 1, count, first: room.counts.lastPosition + 1 })
        room.counts = { ...room.counts, lastPosition: room.counts.lastPosition + count }
      }
      return this.#store.ranges(shard, after)
    })
    return ranges ?? null
  }

  joined(shard: number, count: number): void {
    this.#joined.set(shard, Math.max(count, this.#joined.get(shard) ?? 0))
  }

  #joinedSoFar(): number {
    return [...this.#joined.values()].reduce((sum, count) => sum + count, 0)
  }

  // Coming in

  admit(asked: PassAsked): Decision<PassGranted, PassRefusal> {
    const decided = this.#turn((turn): Decision<PassGranted, PassRefusal> => {
      const { now, room, drop } = turn
      if (!drop.terms.room) return refuse({ code: 'drop_has_no_room', drop: drop.terms.slug })
      const pace = this.#pace(now, drop.terms.room, this.#unitsPerPass(now, room.counts))
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
        this.#call(turn) // there may be room this very instant
        decision = decide()
      }
      if (!decision.ok) return decision
      if (decision.value.kind === 'repeat') return accept(grantOf(decision.value.pass))
      assert(decision.value.kind === 'admit', 'a latecomer who was noted is not noted again')
      return accept(grantOf(this.#letIn(turn, asked, pace, drop.terms.room)))
    })
    return decided ?? refuse({ code: 'drop_has_no_room', drop: '' })
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
    this.#tally(now)
    return pass
  }

  #passOf({ position, placeId }: PassAsked): Pass | undefined {
    const pass = this.#store.pass(position)
    assert(!pass || pass.placeId === placeId, `position ${position} belongs to one place`)
    return pass
  }

  standing(position: number): Standing {
    const standing = this.#turn(({ now, room }): Standing => {
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
    })
    return standing ?? { phase: 'waiting' }
  }

  hearOfPasses(news: readonly PassNews[]): void {
    for (const { what, passId } of news) {
      if (what === 'used') this.passUsed(passId)
      else if (what === 'refused') this.passRefused(passId)
      else this.passOver(passId)
    }
  }

  passUsed(passId: string): void {
    this.#turn(() => {
      const pass = this.#store.passById(passId)
      if (!pass || pass.used) return
      this.#store.updatePass({ ...pass, used: true })
      this.#usedSince += 1
    })
  }

  passRefused(passId: string): void {
    this.#turn(() => {
      const pass = this.#store.passById(passId)
      if (pass && !pass.refused) this.#store.updatePass({ ...pass, refused: true })
    })
  }

  passOver(passId: string): void {
    this.#turn(({ room }) => {
      const pass = this.#store.passById(passId)
      if (!pass?.inside) return
      this.#store.updatePass({ ...pass, inside: false })
      room.counts = afterLeaving(room.counts, 1)
    })
  }

  // What others tell

  /** The owners of the stock have said how much there is. Sold out is said at once, and taken back only by units. */
  heardStock(units: DropUnits): void {
    this.#units = units
    this.#usedSince = 0
    this.#turn(() => undefined)
  }

  /** Whoever paces the payments has said how busy the way to the provider is. Holds for a minute. */
  heardPressure(pressure: Pick<Pressure, 'ratePerSecond' | 'waiting'>): void {
    this.#payments = { perMinute: paymentsPerMinuteOf(pressure), until: this.#clock.now() + PAYMENT_PACE_MS }
  }

  // Time passes

  /** Does what is due. */
  advance(): void {
    this.#turn(() => undefined)
  }

  /** Whether anybody waits or is inside, so that the stock is worth asking about. */
  isBusy(): boolean {
    const drop = this.#store.drop()
    const room = this.#store.room()
    if (!drop?.terms.room || room?.phase !== 'line') return false
    if (room.halt !== null && room.halt !== 'sold_out') return false
    const { lastPosition, admittedThrough, called, inside } = room.counts
    return lastPosition > admittedThrough || called > 0 || inside > 0
  }

  /** Counted anew from the rows, beside the figures: they must agree. */
  proof(): { counts: Counts; recounted: { called: number; inside: number; admitted: number } } | null {
    const proof = this.#turn(({ room }) => ({ counts: room.counts, recounted: this.#store.recount() }))
    return proof ?? null
  }

  /** One transaction: brings the room up to this instant, does the work, calls whoever may come, and writes. */
  #turn<Result>(work: (turn: Turn) => Result): Result | undefined {
    return this.#store.transaction(() => {
      const drop = this.#store.drop()
      const room = this.#store.room()
      if (!drop || !room) return undefined
      const before = JSON.stringify(room)
      const turn: Turn = { now: this.#clock.now(), drop, room }
      this.#endPasses(turn)
      this.#heed(turn)
      this.#lapse(turn)
      this.#call(turn)
      const result = work(turn)
      this.#call(turn)
      this.#assertWithin(turn)
      if (JSON.stringify(room) !== before) this.#store.saveRoom(room)
      return result
    })
  }

  #endPasses({ now, room }: Turn): void {
    const next = this.#store.nextPassEnd()
    if (next === null || next > now || room.halt === 'paused') return
    room.counts = afterLeaving(room.counts, this.#store.endPassesBy(now))
  }

  /** What the terms, the clock and the stock mean for who is waited for: while nobody can come in, patience stands still. */
  #heed({ now, drop, room }: Turn): void {
    if (this.#units) heedStock(room, this.#units, drop.terms, now)
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

  /** Calls as many as may come: those who came late first, then the line. */
  #call({ now, drop, room }: Turn): void {
    const { terms } = drop
    if (!terms.room || room.phase !== 'line' || room.halt !== null) return
    const unitsPerPass = this.#unitsPerPass(now, room.counts)
    // What was not spent is not written either: the same credit is found again from the older one.
    const callPace = refilled(room.counts.callPace, this.#pace(now, terms.room, unitsPerPass), now)
    const late = this.#store.latecomers()
    const may = callsNow({ ...room.counts, callPace }, terms.room, {
      ...{ units: this.#supposed(), unitsPerPass },
      hungry: stillHungry(this.#hungry(now, room.counts.admitted), unitsPerPass),
      ...hopesOf(this.#store.openCalls(), late, room.showUp, now),
    })
    if (may === 0) return
    const again = late.filter(({ calledAt }) => calledAt === null).slice(0, may)
    for (const one of again) this.#store.saveLatecomer({ ...one, calledAt: now })
    const { lastPosition, admittedThrough } = room.counts
    const fromLine = Math.min(may - again.length, lastPosition - admittedThrough)
    if (fromLine > 0) {
      const through = admittedThrough + fromLine
      this.#store.insertCall({ from: admittedThrough + 1, through, at: now, open: fromLine, lapsed: false })
    }
    if (again.length + fromLine === 0) return
    room.counts = afterCalling({ ...room.counts, callPace }, again.length + fromLine, fromLine)
    assert(room.counts.called + room.counts.inside <= terms.room.insideMax, 'never more inside than there is room for')
  }

  #callOf(position: number): Call | undefined {
    const call = this.#store.callBefore(position)
    return call && position <= call.through ? call : undefined
  }

  #assertWithin({ room: { counts } }: Turn): void {
    assert(counts.called >= 0 && counts.inside >= 0, 'nobody leaves who was not there')
    assert(counts.admittedThrough <= counts.lastPosition, 'only who has a number is called')
    assert(counts.passPace.credit >= 0 && counts.callPace.credit >= 0, 'nobody comes in faster than the pace')
  }

  #unitsPerPass(now: number, { admitted }: Counts): number {
    return unitsPerPassOf(this.#supposed(), admitted - this.#hungry(now, admitted).people)
  }

  #hungry(now: number, admitted: number): Hungry {
    return admitted > 0 ? this.#store.hungryPasses(now - HUNGRY_MS) : NOBODY_HUNGRY
  }

  /** How much there is by all we have heard. Good for pacing; only the owners' own word says sold out. */
  #supposed(): DropUnits | null {
    const units = this.#units
    return units && { ...units, free: units.free - this.#usedSince, held: units.held + this.#usedSince }
  }

  #pace(now: number, terms: RoomTerms, unitsPerPass: number): number {
    const payments = now < this.#payments.until ? this.#payments.perMinute : null
    return paceNow(terms, payments, unitsPerPass)
  }

  #tally(now: number): void {
    const second = Math.floor(now / 1000)
    this.#seconds = this.#seconds.filter((one) => one.second >= second - 1)
    const current = this.#seconds.find((one) => one.second === second)
    if (current) current.admitted += 1
    else this.#seconds.push({ second, admitted: 1 })
  }
}

const newRoom = (terms: DropTerms, now: number): RoomState => {
  const perMinute = terms.room?.admissionsPerMinute ?? 1
  return {
    phase: 'before',
    openedAt: null,
    drawnAt: null,
    drawn: 0,
    root: null,
    counts: {
      lastPosition: 0,
      admittedThrough: 0,
      called: 0,
      inside: 0,
      admitted: 0,
      callPace: fullBucket(perMinute, now),
      passPace: fullBucket(perMinute, now),
    },
    halt: haltOf(statusAt(now, { ...terms, free: 1 })),
    haltedAt: now,
    showUp: 1,
    soldOut: false,
    soldOutAt: 0,
    againAvailable: false,
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

const statusIn = (now: number, terms: DropTerms, room: RoomState): DropStatus =>
  statusAt(now, { ...terms, free: room.soldOut ? 0 : 1 })

function phaseOf(room: RoomState): RoomPhase {
  if (room.halt === 'ended' || (room.halt === 'sold_out' && room.phase === 'line')) return 'closed'
  return room.phase === 'collecting' ? 'drawing' : room.phase
}

const grantOf = ({ passId, issuedAt, until }: Pass): PassGranted => ({ passId, issuedAt, expiresAt: until })

function littleEndian(numbers: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 4)
  const view = new DataView(bytes.buffer)
  numbers.forEach((number, i) => view.setUint32(i * 4, number, true))
  return bytes
}
