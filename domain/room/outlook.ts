/**
 * What can honestly be said to somebody who waits: how many are before them, how long it takes at best and at worst, and
 * whether there will be anything left. Only numbers that everybody may know go in, so it can be worked out anywhere.
 */
import type { DropNow, PlaceKept, RoomNow } from '../message/drop-desk.ts'

export type Chance = 'good' | 'uncertain' | 'small'

export interface Outlook {
  /** How many are to be called before them. Null: not drawn yet, or called already. */
  peopleBefore: number | null
  estimate: { fromS: number; toS: number } | null
  chance: Chance | null
}

export function outlookOf(place: Pick<PlaceKept, 'position' | 'kind'>, now: DropNow): Outlook {
  const { room } = now
  if (!room || room.phase === 'closed') return { peopleBefore: null, estimate: null, chance: null }
  const peopleBefore = place.position === null ? null : Math.max(0, place.position - 1 - room.admittedThrough)
  const isCalled = place.position !== null && place.position <= room.admittedThrough
  return {
    peopleBefore: isCalled ? null : peopleBefore,
    estimate: now.status === 'open' && peopleBefore !== null && !isCalled ? estimateOf(peopleBefore, room) : null,
    chance: chanceOf(peopleBefore ?? (room.waiting - 1) / 2, now),
  }
}

/**
 * At best everybody leaves as soon as they came, and the pace is all that counts; at worst everybody stays as long as
 * their pass, and the room's size does. A poll's worth is added, and nobody is told "now".
 */
function estimateOf(peopleBefore: number, room: RoomNow): { fromS: number; toS: number } {
  const { insideMax, passDurationMs } = room.terms
  const isFull = room.inside + room.called + peopleBefore >= insideMax
  const slowest = isFull
    ? Math.min(room.admissionsPerMinute, (insideMax * 60_000) / passDurationMs)
    : room.admissionsPerMinute
  const ahead = peopleBefore + 1
  return { fromS: Math.floor((60 * ahead) / room.admissionsPerMinute), toS: Math.ceil((60 * ahead) / slowest) + 2 }
}

/** Of the units that somebody has in their basket, so many are expected back. */
const COMES_BACK = 0.2

/** Whether the stock reaches so far, given what people have been taking. */
function chanceOf(peopleBefore: number, { units, room }: DropNow): Chance | null {
  if (!units || !room) return null
  const likely = units.free + COMES_BACK * units.held
  const wanted = (peopleBefore + room.called + 1) * room.unitsPerPass
  if (likely >= 1.5 * wanted) return 'good'
  return likely >= 0.6 * wanted ? 'uncertain' : 'small'
}

/** Near the end. A thousand who wait ask some 2,700 times a second instead of 700; the object hears no more of it. */
export const QUICK = { pollAfterMs: 300, jitterMs: 150 }

/** Right after the draw everybody asks the object of their place for their position, once; it takes so many a second. */
const LOOK_UPS_PER_SECOND = 500
const JUST_DRAWN_MS = 10_000

/** At its ordinary pace a page knows after five seconds at the latest how a drop stands; it tells that many apart. */
const UNAWARE_S = 5
const FEW_UNITS = 20

/**
 * Whether it may all be over before the next ordinary question: those inside and those who come in meanwhile could take
 * what is left, or the drop ends. Then pages ask, and the drop's object looks at the stock, so often that everybody knows
 * within two seconds. Without a room anybody may take, and only few units are a sign.
 */
export function isNearEnd({ status, at, endsAt, units, room }: DropNow): boolean {
  if (status !== 'open') return false
  if (endsAt !== null && endsAt - at <= UNAWARE_S * 1000) return true
  if (!units) return false
  const takers = room ? room.inside + room.called + (UNAWARE_S * room.admissionsPerMinute) / 60 : 0
  return units.free <= Math.max(FEW_UNITS, takers * Math.max(1, room?.unitsPerPass ?? 1))
}

/** How soon to ask again. Everybody gets the same answer, so it is as quick as those at the front need it. */
export function pollingOf(now: DropNow): { pollAfterMs: number; jitterMs: number } {
  if (now.status === 'ended') return { pollAfterMs: 60_000, jitterMs: 30_000 }
  if (now.status === 'paused') return { pollAfterMs: 3_000, jitterMs: 2_000 }
  if (now.status === 'scheduled') {
    const opensInMs = now.opensAt - now.at
    // So that nobody sleeps through the opening, and a crowd that waits for hours costs little.
    const pollAfterMs = Math.max(1_000, Math.min(30_000, Math.floor(opensInMs / 4)))
    return { pollAfterMs, jitterMs: Math.min(5_000, pollAfterMs) }
  }
  if (now.room?.phase === 'drawing') return { pollAfterMs: 500, jitterMs: 1_000 }
  if (now.room?.drawnAt != null && now.at < now.room.drawnAt + JUST_DRAWN_MS) {
    const lookUpMs = Math.ceil((1000 * now.room.waiting) / (now.room.shards * LOOK_UPS_PER_SECOND))
    return { pollAfterMs: 1_000, jitterMs: Math.min(8_000, Math.max(1_000, lookUpMs)) }
  }
  if (isNearEnd(now)) return QUICK
  // A person inside looks at a product and not at this number; one in a long line need not look so often.
  return now.room && now.room.waiting > 20_000
    ? { pollAfterMs: 2_000, jitterMs: 1_000 }
    : { pollAfterMs: 1_000, jitterMs: 1_000 }
}
