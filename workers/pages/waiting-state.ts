/**
 * Where somebody stands in a waiting room, from what everybody is told (`now`) and from their own place. The page draws
 * one of these; waiting.js in public/assets works out the same from the same numbers and notices when it has changed.
 */
import type { DropStatus, PlaceView, RoomNow, RoomView } from './views.ts'

export type RoomState =
  /** Without a place: the draw is still to come, or the line is moving. */
  | 'outside_before'
  | 'outside_after'
  | 'draw'
  | 'drawing'
  | 'line'
  | 'turn'
  | 'inside'
  /** Was called, and did not come in time; may have asked since to be let in when there is room. */
  | 'late'
  | 'next'
  /** The place has been used, or it is too late even for who came late. */
  | 'over'
  | 'paused'
  | 'sold_out'
  | 'ended'

/** An end beats everything, then a pause, then being sold out; somebody who is in stays in while there is something to buy. */
export function roomStateOf(
  status: DropStatus,
  room: RoomNow,
  place: PlaceView | null,
  late: RoomView['late'] = 'unasked',
): RoomState {
  if (status === 'ended') return 'ended'
  if (status === 'paused') return 'paused'
  if (status === 'sold_out' || room.phase === 'closed') return 'sold_out'
  if (place === null) return room.phase === 'before' ? 'outside_before' : 'outside_after'
  if (place.phase === 'inside') return 'inside'
  if (place.phase === 'missed') return LATE[late]
  if (place.phase === 'used' || place.phase === 'left') return 'over'
  if (place.position === null) return room.phase === 'before' ? 'draw' : 'drawing'
  return place.phase === 'called' || place.position <= room.admittedThrough ? 'turn' : 'line'
}

const LATE = { unasked: 'late', asking: 'next', over: 'over' } as const

/** How many are still to be called before this place. */
export const aheadOf = (position: number, room: RoomNow): number => Math.max(0, position - 1 - room.admittedThrough)

/** Somebody may be writing an address, or a code: the page must not be taken away under their hands. */
export const isAsking = ({ place, mailbox }: Pick<RoomView, 'place' | 'mailbox'>): boolean =>
  place === null && mailbox !== null && mailbox.step !== 'proven'

/** When a browser without scripts asks again: soon where something may change, and just after the draw. Null: no need. */
export function refreshSecondsOf(state: RoomState, room: RoomNow, opensInMs: number): number | undefined {
  const pace = Math.max(SCRIPTLESS_MIN_S, Math.ceil((room.pollAfterMs + room.jitterMs) / 1000))
  switch (state) {
    case 'ended':
    case 'inside':
    case 'late':
    case 'over':
      return undefined
    case 'outside_before':
    case 'draw':
      return Math.min(60, Math.max(pace, Math.ceil(opensInMs / 1000) + 1))
    case 'turn':
    case 'paused':
    case 'sold_out':
    case 'outside_after':
      return Math.max(20, pace)
    case 'line':
    case 'next':
    case 'drawing':
    default:
      return pace
  }
}

/** A whole page costs more than the small number that scripts ask for. */
const SCRIPTLESS_MIN_S = 5
