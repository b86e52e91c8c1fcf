/** How a visitor comes to ask for units: straight away, or through the drop's waiting room. */
import type { Answer, Visitor } from './visitor.ts'

export interface Door {
  /** The headers to ask with, or null: the room closed before it was this visitor's turn. */
  enters(visitor: Visitor): Promise<Record<string, string> | null>
}

/** What `GET /drops/{slug}/now` says, as far as a visitor who waits reads it. */
export interface Now {
  status: string
  room: { phase: string; admitted_through: number; inside: number } | null
}

export const openDoor: Door = { enters: () => Promise.resolve({}) }

const LOOK_AGAIN_MS = 250
const TRIES_MOST = 600

/**
 * Joins, waits until the number that everybody reads has reached the own position, and changes the place for a pass.
 * The crowd shares one reader of `now` (`read`): in the world a cache answers all but one of them.
 */
export function roomDoor(slug: string, read: () => Now | null, onPass: () => void): Door {
  const isOver = (): boolean => {
    const now = read()
    return now !== null && (now.room?.phase === 'closed' || now.status === 'ended')
  }
  return {
    async enters(visitor) {
      const joined = await visitor.insists('POST /api/v1/drops/{slug}/places', `/api/v1/drops/${slug}/places`, {
        body: {},
      })
      if (joined === null || joined.status >= 300) return null
      const id = String(joined.body['id'])
      let position = positionIn(joined)
      for (let tries = 0; tries < TRIES_MOST && !isOver(); tries++) {
        const admitted = read()?.room?.admitted_through ?? 0
        if (position === null && read()?.room?.phase === 'line') {
          position = positionIn(await visitor.insists('GET /api/v1/places/{id}', `/api/v1/places/${id}`))
        }
        if (position === null || position > admitted) {
          await visitor.pauses(LOOK_AGAIN_MS)
          continue
        }
        const given = await visitor.insists('POST /api/v1/places/{id}/pass', `/api/v1/places/${id}/pass`, { body: {} })
        if (given?.status === 200) {
          onPass()
          return { 'onrush-pass': String(given.body['pass']) }
        }
        if (given?.code !== 'not_your_turn_yet') return null
        await visitor.pauses(given.retryAfterMs ?? LOOK_AGAIN_MS)
      }
      return null
    },
  }
}

function positionIn(answer: Answer | null): number | null {
  const position = answer?.body['position']
  return typeof position === 'number' ? position : null
}
