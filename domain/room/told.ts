/** What is told of a drop: to everybody who waits, and to whoever watches over it. */
import { statusAt, type DropStatus } from '../drop/drop.ts'
import type { DropLive, DropNow, DropTerms, RoomPhase } from '../message/drop-desk.ts'
import type { Hearsay } from './hearsay.ts'
import type { RoomState, Turn } from './store.ts'

export function nowOf(turn: Turn, hearsay: Hearsay, unitsPerPass: number): DropNow {
  const { now, room, drop } = turn
  const { terms, shards } = drop
  const { counts } = room
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
      waiting: room.phase === 'before' ? hearsay.joined() : counts.lastPosition - counts.admittedThrough,
      inside: counts.inside,
      called: counts.called,
      admissionsPerMinute: hearsay.pace(now, terms.room, unitsPerPass),
      unitsPerPass,
    },
    units: hearsay.units(),
    unitsAt: hearsay.unitsAt(),
    againAvailable: room.againAvailable,
  }
}

export function liveOf(turn: Turn, hearsay: Hearsay, unitsPerPass: number, tally: Tally): DropLive {
  const { admitted, admittedThrough, called } = turn.room.counts
  return {
    ...nowOf(turn, hearsay, unitsPerPass),
    admitted,
    admittedLastSecond: tally.lastSecond(turn.now),
    missed: Math.max(0, admittedThrough - admitted - called),
  }
}

export const statusIn = (now: number, terms: DropTerms, room: RoomState): DropStatus =>
  statusAt(now, { ...terms, free: room.soldOut ? 0 : 1 })

function phaseOf(room: RoomState): RoomPhase {
  if (room.halt === 'ended' || (room.halt === 'sold_out' && room.phase === 'line')) return 'closed'
  return room.phase === 'collecting' ? 'drawing' : room.phase
}

/** Admissions of the last two seconds, for whoever watches. In memory only. */
export class Tally {
  #seconds: { second: number; admitted: number }[] = []

  count(now: number): void {
    const second = Math.floor(now / 1000)
    this.#seconds = this.#seconds.filter((one) => one.second >= second - 1)
    const current = this.#seconds.find((one) => one.second === second)
    if (current) current.admitted += 1
    else this.#seconds.push({ second, admitted: 1 })
  }

  /** In the last whole second. */
  lastSecond(now: number): number {
    const second = Math.floor(now / 1000) - 1
    return this.#seconds.find((one) => one.second === second)?.admitted ?? 0
  }
}
