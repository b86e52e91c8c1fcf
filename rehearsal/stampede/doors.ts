/** How a visitor comes to ask for units: straight away, or through the drop's waiting room. */
import { setTimeout as wait } from 'node:timers/promises'
import type { GivenPass } from './history.ts'
import type { Wish } from './hopefuls.ts'
import type { Answer, Visitor } from './visitor.ts'

export interface Door {
  /** The headers to ask with, or null: it was never this visitor's turn, and will not be. */
  enters(visitor: Visitor, wish: Wish): Promise<Record<string, string> | null>
}

/** What `GET /drops/{slug}/now` says, as far as a visitor who waits reads it. */
export interface Now {
  status: string
  room: { phase: string; admitted_through: number; inside: number } | null
}

export const openDoor: Door = { enters: () => Promise.resolve({}) }

export interface Room {
  drop: string
  /** The crowd shares one reader of `now`: in the world a cache answers all but one of them. */
  read: () => Now | null
  /** Resolves when units have come back, or (false) when none can. */
  stays: (wish: Wish) => Promise<boolean>
  given: (pass: GivenPass) => void
  /** ms of the crowd's clock. */
  until: number
}

const LOOK_AGAIN_MS = 250

/**
 * Joins, waits until the number that everybody reads has reached the own position, and changes the place for a pass. Who
 * waits while the room is closed because all is held stays on the page until units come back, or none can.
 */
export const roomDoor = (room: Room): Door => ({
  async enters(visitor, wish) {
    const path = `/api/v1/drops/${room.drop}/places`
    const joined = await visitor.insists('POST /api/v1/drops/{slug}/places', path, { body: {} })
    if (joined === null || joined.status >= 300) return null
    const id = String(joined.body['id'])
    let position = positionIn(joined)
    while (performance.now() < room.until) {
      const now = room.read()
      if (now?.status === 'ended') return null
      if (now?.room?.phase === 'closed') {
        if (!(await room.stays(wish))) return null
      } else if (now?.room?.phase === 'line') {
        position ??= positionIn(await visitor.insists('GET /api/v1/places/{id}', `/api/v1/places/${id}`))
        if (position !== null && position <= now.room.admitted_through) {
          const answer = await exchanged(visitor, id, room)
          if (answer.pass !== null) return { 'onrush-pass': answer.pass }
          if (!answer.again) return null
        }
      }
      await wait(LOOK_AGAIN_MS)
    }
    return null
  },
})

/** The pass; or null, and whether it is worth asking again. */
async function exchanged(
  visitor: Visitor,
  id: string,
  { given }: Room,
): Promise<{ pass: string | null; again: boolean }> {
  const sentAt = performance.now()
  const answer = await visitor.insists('POST /api/v1/places/{id}/pass', `/api/v1/places/${id}/pass`, {
    body: {},
    first: true,
  })
  if (answer?.status === 200) {
    given({ sentAt, answeredAt: performance.now() })
    return { pass: String(answer.body['pass']), again: false }
  }
  if (!LATER.has(answer?.code ?? '')) return { pass: null, again: false }
  await visitor.pauses(answer?.retryAfterMs ?? 0)
  return { pass: null, again: true }
}

/** Closed: until units come back. */
const LATER = new Set(['not_your_turn_yet', 'drop_paused', 'room_closed'])

function positionIn(answer: Answer | null): number | null {
  const position = answer?.body['position']
  return typeof position === 'number' ? position : null
}
