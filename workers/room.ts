/**
 * The waiting room of a drop, as routes and pages ask for it: how it stands, to join it, to see one's place, to take the
 * pass. Whoever waits asks nobody but the edge: how a drop stands is kept here and in the data centre's cache for about a
 * second, whoever asks and however many.
 */
import { accept, refuse, type Decision } from '../domain/basics/decision.ts'
import { DROPS, tagsOfDrop } from '../domain/catalog/tags.ts'
import type { Drop, DropWithProducts } from '../domain/drop/drop.ts'
import type { DrawView, DropNow, PlaceKept, RoomNow } from '../domain/message/drop-desk.ts'
import { cardIn } from '../domain/market/pricing.ts'
import { networkOf } from '../domain/room/identity.ts'
import { outlookOf, type Outlook } from '../domain/room/outlook.ts'
import { dropMark, homeOfPlace, newPlaceId, shardOfVisitor } from '../domain/room/place.ts'
import { dropNeverOpenTo } from '../domain/stock/stock.ts'
import { provenMailbox } from '../platform/mailbox-proofs.ts'
import { passToken } from '../platform/passes.ts'
import { findDrop, listDrops } from '../platform/postgres/drops.ts'
import { challengeRefusal } from './admission/challenge.ts'
import { countryOf } from './admission/country.ts'
import { invitationShown } from './admission/invitation.ts'
import type { Asked } from './context.ts'
import { dropDesk, placesDesk } from './desks.ts'
import { restrictionHere } from './market.ts'
import type { Refusal } from './problems.ts'
import { DROP_FACTS, publicValue } from './public-reads.ts'
import { secretDigest } from './room-digests.ts'
import { ROOM_NOW, roomNowKeptMs } from './room-freshness.ts'
import { knownVisitor, visitorOf } from './visitors.ts'

/** Where somebody stands, in our words; pages draw it, wire.ts lets it out. */
export interface PlaceSeen extends Outlook {
  place: PlaceKept
  drop: string
  phase: 'draw' | 'line' | 'called' | 'missed' | 'inside' | 'used' | 'left' | 'closed'
  /** Of a call, until when it is waited for; of one that was missed, until when one may still come. */
  calledUntil: number | null
}

/** A pass as it is handed out. */
export interface PassSeen {
  token: string
  expiresAt: number
  drop: string
}

/** One copy of a drop's facts serves every answer about it, and outlives the database. */
export const dropFacts = (c: Asked, slug: string): Promise<DropWithProducts | null> =>
  publicValue(
    c,
    `drop facts ${slug}`,
    DROP_FACTS,
    (reader) => findDrop(reader, c.var.visit.storeId, slug),
    (found) => ({ tags: tagsOfDrop(found?.drop ?? null) }),
  )

/** The same at the prices of the request's market. */
export const inMarketOf = (c: Asked, found: DropWithProducts | null): DropWithProducts | null =>
  found && { ...found, products: found.products.map((card) => cardIn(card, c.var.visit.whereabouts.market)) }

/** How the drop stands, as its own object says; null: it has not been told of this drop yet. */
export const dropNow = (c: Asked, dropId: string): Promise<DropNow | null> =>
  publicValue(
    c,
    `drop object ${dropId}`,
    ROOM_NOW,
    () => dropDesk(c.env, c.var.visit.storeId, dropId).now(),
    (now) => ({ keepMostMs: roomNowKeptMs(now) }),
  )

export const drawNow = (c: Asked, dropId: string): Promise<DrawView | null> =>
  publicValue(c, `draw ${dropId}`, ROOM_NOW, () => dropDesk(c.env, c.var.visit.storeId, dropId).draw())

/** A drop that is there and has a room. */
export interface Room {
  dropId: string
  slug: string
  now: DropNow
  room: RoomNow
}

/** The drop, how it stands, and its room. */
export async function roomOf(c: Asked, slug: string): Promise<Decision<Room & { drop: Drop }, Refusal>> {
  const facts = await dropFacts(c, slug)
  if (!facts) return refuse({ code: 'drop_not_found', drop: slug })
  const now = await dropNow(c, facts.drop.id)
  if (!now?.room) return refuse({ code: 'drop_has_no_room', drop: slug })
  return accept({ dropId: facts.drop.id, slug: facts.drop.slug, drop: facts.drop, now, room: now.room })
}

/** Nobody waits for a "no": what the hold would be refused for, whatever the place, is said before anybody waits. */
export async function neverOpenTo(c: Asked, drop: Drop, visitorId: string): Promise<Refusal | null> {
  const shown = { country: countryOf(c), invitation: await invitationShown(c, visitorId) }
  return dropNeverOpenTo(drop, shown, c.var.visit.clock.now())
}

/** Whether places are still given: sold out and ended are for good, as far as a newcomer is concerned. */
export const closedFor = ({ status }: DropNow): 'sold_out' | 'ended' | null =>
  status === 'sold_out' || status === 'ended' ? status : null

/** What somebody shows at the door of a room. */
interface Shown {
  /** From a letter of ours (workers/mailbox-letters.ts), where the room asks for a mailbox. */
  emailProof?: string | undefined
  challenge?: string | undefined
}

/** Gives whoever asks a place, or the one they have. Safe to repeat: the visitor is the key. */
export async function joinRoom(
  c: Asked,
  slug: string,
  { emailProof, challenge }: Shown,
): Promise<Decision<{ seen: PlaceSeen; isNew: boolean }, Refusal>> {
  const found = await roomOf(c, slug)
  if (!found.ok) return found
  const { dropId, drop, now, room } = found.value
  const { storeId, clock, random, clientIp } = c.var.visit
  const known = await knownVisitor(c)
  const visitorId = known ?? (await visitorOf(c)).id
  const never = restrictionHere(c) ?? (await neverOpenTo(c, drop, visitorId))
  if (never) return refuse(never)
  const desk = placesDesk(c.env, storeId, dropId, shardOfVisitor(visitorId, room.shards))
  if (room.terms.challenge) {
    // Who has a place has passed; a reload asks nothing of them again.
    const place = known === null ? null : await desk.find(known)
    if (place) return accept({ seen: await seenBy(c, found.value, place), isNew: false })
    const refusal = await challengeRefusal(c, { purpose: `${dropId} ${visitorId}`, token: challenge })
    if (refusal) return refuse(refusal)
  }
  const { oneLotPerEmail } = room.terms
  const network = networkOf(clientIp)
  const joined = await desk.join(
    {
      visitorId,
      placeId: newPlaceId(dropId, visitorId, clock.now(), random),
      emailDigest: oneLotPerEmail && emailProof ? await mailboxShown(c, dropId, emailProof) : null,
      address: network === null ? null : await secretDigest(c, `network ${dropId} ${network}`),
    },
    { shards: room.shards, oneLotPerEmail, closed: closedFor(now) },
  )
  if (joined.ok) return accept({ seen: await seenBy(c, found.value, joined.value.place), isNew: joined.value.isNew })
  // Only now: whoever has a place keeps it, whatever became of the proof.
  return emailProof && joined.refusal.code === 'email_required' ? refuse({ code: 'email_proof_not_valid' }) : joined
}

/** The mailbox that a proof speaks of, as the room knows it; null: it proves nothing here, or not any more. */
export const mailboxShown = (c: Asked, dropId: string, proof: string): Promise<string | null> =>
  provenMailbox(c.env, { storeId: c.var.visit.storeId, dropId }, proof, c.var.visit.clock.now())

/** The place with this id, when it is whoever asks'. Null: there is none, or it is somebody else's. */
export async function placeOf(c: Asked, placeId: string): Promise<PlaceSeen | null> {
  const found = await findPlace(c, placeId)
  return found && seenBy(c, found.room, found.place)
}

/** The place of whoever asks in the room of this drop, by its slug. */
export async function ownPlace(c: Asked, slug: string): Promise<PlaceSeen | null> {
  const visitorId = await knownVisitor(c)
  const room = visitorId === null ? null : await roomOf(c, slug)
  if (visitorId === null || !room?.ok) return null
  const place = await placeIn(c, room.value, visitorId)
  return place && seenBy(c, room.value, place)
}

/** The pass, when it is their turn. Asking again within its life gives the same one, to the letter. */
export async function passFor(c: Asked, placeId: string): Promise<Decision<PassSeen, Refusal>> {
  const found = await findPlace(c, placeId)
  if (!found) return refuse({ code: 'place_not_found', place: placeId })
  const { place, room } = found
  if (place.position === null) {
    const { admittedThrough } = room.room
    return refuse({ code: 'not_your_turn_yet', position: null, admittedThrough, retryInMs: 1000 })
  }
  const { storeId } = c.var.visit
  const { position, visitorId } = place
  const { admittedThrough } = room.room
  // Who reads `now` comes later than this copy of it; who hammers is told so here, and the drop's object hears nothing.
  if (position > admittedThrough) {
    return refuse(
      room.room.phase === 'closed'
        ? { code: 'room_closed', reason: room.now.status === 'ended' ? 'ended' : 'sold_out' }
        : { code: 'not_your_turn_yet', position, admittedThrough, retryInMs: 1000 },
    )
  }
  const admitted = await dropDesk(c.env, storeId, room.dropId).admit({ placeId: place.id, visitorId, position })
  if (!admitted.ok) return admitted
  const token = await passToken(c.env, { storeId, visitorId }, { ...admitted.value, dropId: room.dropId })
  return accept({ token, expiresAt: admitted.value.expiresAt, drop: room.slug })
}

/** Its drop is one whose mark the id carries; nearly always there is just one. */
async function findPlace(c: Asked, placeId: string): Promise<{ place: PlaceKept; room: Room } | null> {
  const home = homeOfPlace(placeId)
  const visitorId = home ? await knownVisitor(c) : null
  if (!home || visitorId === null) return null
  const { storeId, clock } = c.var.visit
  const drops = await publicValue(
    c,
    'drops with rooms',
    DROP_FACTS,
    async (reader) =>
      (await listDrops(reader, storeId, clock.now(), DROPS_LOOKED_AT))
        .filter(({ room }) => room !== null)
        .map(({ id, slug }) => ({ id, slug })),
    () => ({ tags: [DROPS] }),
  )
  for (const { id, slug } of drops ?? []) {
    if (dropMark(id) !== home.dropMark) continue
    const now = await dropNow(c, id)
    if (!now?.room) continue
    const room: Room = { dropId: id, slug, now, room: now.room }
    const place = await placeIn(c, room, visitorId)
    if (place?.id === placeId) return { place, room }
  }
  return null
}

/** The coming ones and the latest; a place in an older one is history. */
const DROPS_LOOKED_AT = 500

const placeIn = (c: Asked, { dropId, room }: Room, visitorId: string): Promise<PlaceKept | null> =>
  placesDesk(c.env, c.var.visit.storeId, dropId, shardOfVisitor(visitorId, room.shards)).find(visitorId)

/** Only of somebody who was called does the drop's object know more than everybody may. */
async function seenBy(c: Asked, { dropId, slug, now, room }: Room, place: PlaceKept): Promise<PlaceSeen> {
  const seen = (phase: PlaceSeen['phase'], calledUntil: number | null = null): PlaceSeen => ({
    ...{ place, drop: slug, phase, calledUntil },
    ...outlookOf(place, now),
  })
  if (place.position === null) return seen(room.phase === 'closed' ? 'closed' : place.kind)
  if (place.position > room.admittedThrough) return seen(room.phase === 'closed' ? 'closed' : 'line')
  const standing = await dropDesk(c.env, c.var.visit.storeId, dropId).standing(place.position)
  switch (standing.phase) {
    case 'called':
    case 'missed':
      return seen(standing.phase, standing.until)
    case 'inside':
    case 'used':
    case 'left':
    case 'closed':
      return seen(standing.phase)
    case 'waiting':
    default:
      return seen('line')
  }
}
