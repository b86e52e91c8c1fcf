/** How a drop stands this second, and how its reader stands to it: what pages say of it never contradicts the object. */
import type { Drop } from '../../domain/drop/drop.ts'
import type { DropNow } from '../../domain/message/drop-desk.ts'
import { pollingOf } from '../../domain/room/outlook.ts'
import { passShown } from '../admission/pass.ts'
import type { Asked } from '../context.ts'
import { failingOf, report } from '../failures.ts'
import { dropNow } from '../room.ts'
import { nowFromFacts } from '../room-wire.ts'
import { knownVisitor } from '../visitors.ts'
import { dropStateOf } from './drop-state.ts'
import type { ProductFound } from './reading.ts'
import { roomsJoined } from './room-cookie.ts'
import type { DropPageView, ProductView, RoomNow } from './views.ts'

/** As the drop's object says; null: it is away, or has not been told of the drop. A page is not lost for that. */
const heardOf = (c: Asked, dropId: string): Promise<DropNow | null> =>
  dropNow(c, dropId).catch((thrown: unknown) => {
    report(c, thrown, failingOf(thrown))
    return null
  })

/** As its object says, else what the catalog and the clock know. */
export const standsNow = async (c: Asked, drop: Drop): Promise<DropNow> =>
  (await heardOf(c, drop.id)) ?? nowFromFacts(drop, c.var.visit.clock.now())

/** The reader's standing: a good pass, a place as far as this browser remembers, or neither. */
export async function standingOf(c: Asked, drop: { id: string; slug: string }): Promise<DropPageView['standing']> {
  const visitorId = await knownVisitor(c)
  if (visitorId === null) return 'outside'
  const pass = await passShown(c, visitorId)
  if (pass?.dropId === drop.id) return 'inside'
  return roomsJoined(c).includes(drop.slug) ? 'waiting' : 'outside'
}

/** A product's page with what its drop says of itself, where it is in one. */
export async function withItsDrop(c: Asked, { product }: ProductFound, view: ProductView): Promise<ProductView> {
  if (product.drop === null || view.drop === null) return view
  const now = await heardOf(c, product.drop.id)
  const isOpen = now !== null && now.status !== 'ended'
  return {
    ...view,
    dropState: now === null ? view.drop.status : dropStateOf({ status: now.status, isAgain: now.againAvailable }),
    isBehindRoom: isOpen && now.room !== null && (await standingOf(c, product.drop)) !== 'inside',
  }
}

/** Null: the drop has no room. When its object is away, the room stands still rather than that it were gone. */
export function roomNowOf(now: DropNow, drop: Drop): RoomNow | null {
  const { room } = now
  if (room === null) return drop.room && stillRoom(now, drop.room.admissionsPerMinute)
  const { phase, admittedThrough, waiting, admissionsPerMinute, unitsPerPass } = room
  return { phase, admittedThrough, waiting, admissionsPerMinute, unitsPerPass, ...pollingOf(now) }
}

const stillRoom = (now: DropNow, admissionsPerMinute: number): RoomNow => ({
  phase: now.at < now.opensAt ? 'before' : 'line',
  admittedThrough: 0,
  waiting: 0,
  admissionsPerMinute,
  unitsPerPass: 1,
  pollAfterMs: 5000,
  jitterMs: 5000,
})
