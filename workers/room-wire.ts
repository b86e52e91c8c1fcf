/** The border for the waiting room: what everybody is told of a drop, and each visitor of their own place. */
import type { z } from '@hono/zod-openapi'
import { statusAt, type Drop } from '../domain/drop/drop.ts'
import type { DrawView, DropNow, RoomNow } from '../domain/message/drop-desk.ts'
import { pollingOf } from '../domain/room/outlook.ts'
import type { PassSeen, PlaceSeen } from './room.ts'
import type * as schema from './room-schemas.ts'
import { instantOut, maybeInstantOut } from './wire.ts'

type Wire<Schema extends z.ZodType> = z.infer<Schema>

/** From so few on the number itself is told: it says more than a word, and competitors learn little from it. */
const FEW_UNITS = 20
const LAST_UNITS = 5

/** A drop whose object has not heard of it yet: what the catalog and the clock say. */
export const nowFromFacts = (drop: Drop, now: number): DropNow => ({
  id: drop.id,
  slug: drop.slug,
  version: drop.version,
  status: statusAt(now, drop),
  at: now,
  opensAt: drop.opensAt,
  endsAt: drop.endsAt,
  room: null,
  units: null,
  unitsAt: null,
  againAvailable: false,
})

/** @param drop what the catalog knows of it; for how much there is while the stock has not been heard. */
export function dropNowOut(now: DropNow, drop: Pick<Drop, 'free'>): Wire<typeof schema.DropNow> {
  const free = now.units?.free ?? drop.free
  const polling = pollingOf(now)
  return {
    slug: now.slug,
    status: now.status,
    availability: bandOf(free),
    units_left: now.units && free <= FEW_UNITS ? Math.max(0, free) : null,
    again_available: now.againAvailable,
    opens_at: instantOut(now.opensAt),
    ends_at: maybeInstantOut(now.endsAt),
    server_time: instantOut(now.at),
    room: now.room && roomOut(now.room, polling),
    poll_after_ms: polling.pollAfterMs,
  }
}

const bandOf = (free: number): 'many' | 'few' | 'last' | 'none' =>
  free <= 0 ? 'none' : free <= LAST_UNITS ? 'last' : free <= FEW_UNITS ? 'few' : 'many'

const roomOut = (room: RoomNow, polling: ReturnType<typeof pollingOf>): Wire<typeof schema.RoomNow> => ({
  phase: room.phase,
  admitted_through: room.admittedThrough,
  waiting: room.waiting,
  inside: room.inside,
  admissions_per_minute: room.admissionsPerMinute,
  poll_after_ms: polling.pollAfterMs,
  jitter_ms: polling.jitterMs,
})

export const placeOut = (seen: PlaceSeen): Wire<typeof schema.Place> => ({
  id: seen.place.id,
  drop: seen.drop,
  phase: seen.phase,
  position: seen.place.position,
  joined_at: instantOut(seen.place.joinedAt),
  lot: seen.place.kind === 'draw' ? seen.place.lot : null,
  estimate: seen.estimate && { from_s: seen.estimate.fromS, to_s: seen.estimate.toS },
  people_before: seen.peopleBefore,
  chance: seen.chance,
  called_until: maybeInstantOut(seen.calledUntil),
})

export const passOut = ({ token, expiresAt, drop }: PassSeen): Wire<typeof schema.Pass> => ({
  pass: token,
  expires_at: instantOut(expiresAt),
  drop,
})

export const drawOut = (draw: DrawView): Wire<typeof schema.Draw> => ({
  commitment: draw.commitment,
  algorithm: draw.algorithm,
  joined: draw.joined,
  drawn_at: maybeInstantOut(draw.drawnAt),
  seed: draw.seed,
  public_value: draw.publicValue,
  root: draw.root,
})
