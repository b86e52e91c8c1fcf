/**
 * The pages of a drop: itself, its waiting room, its draw. They speak the reader's language, and how the drop stands is
 * always what its own object says, so that a page never contradicts the small number that its script asks for.
 */
import { Hono } from 'hono'
import { isSlug } from '../../domain/catalog/slug.ts'
import type { DropWithProducts } from '../../domain/drop/drop.ts'
import type { DropNow } from '../../domain/message/drop-desk.ts'
import { availabilityOf } from '../catalog-wire.ts'
import type { AppEnv, Asked } from '../context.ts'
import { PASS_COOKIE, sendCookie } from '../cookies.ts'
import { writeLetter } from '../mailbox-letters.ts'
import { problemFor, type Refusal } from '../problems.ts'
import { dropFacts, drawNow, inMarketOf, joinRoom, mailboxShown, ownPlace, passFor, type PlaceSeen } from '../room.ts'
import { streamsMost } from '../room-events.ts'
import { TOLD_NOW } from '../room-freshness.ts'
import { dropNowOut } from '../room-wire.ts'
import { challengeOf, policyWith } from './challenge.ts'
import { drawPage } from './draw.tsx'
import { dropPage } from './drop.tsx'
import { earlyOf, hasChosen, reserveChosen } from './early.ts'
import { readForm } from './forms.ts'
import { frameOf, goTo, inReadersLanguage, isForAnybody, readersLocale, sent, sentToAnybody } from './frame.ts'
import { cardView, dropView } from './from-catalog.ts'
import { wordsFor } from './languages/index.ts'
import type { Words } from './languages/words.ts'
import { notFound } from './refused.tsx'
import { refusalInWords } from './refusals.ts'
import { rememberRoom } from './room-cookie.ts'
import { roomNowOf, standingOf, standsNow } from './standing.ts'
import type { CardView, DropPageView, MailboxView, PlaceView, RoomNow, RoomView } from './views.ts'
import { roomStateOf } from './waiting-state.ts'
import { waitingPage } from './waiting.tsx'

export const dropPages = new Hono<AppEnv>()

/** What is read of a drop for any of its pages. */
export interface Found {
  facts: DropWithProducts
  now: DropNow
}

export async function findDrop(c: Asked, slug: string): Promise<Found | null> {
  const facts = isSlug(slug) ? inMarketOf(c, await dropFacts(c, slug)) : null
  return facts && { facts, now: await standsNow(c, facts.drop) }
}

/** A page in the reader's language, and only for this reader. */
async function told(c: Asked, html: unknown, status = 200, headers: Record<string, string> = {}): Promise<Response> {
  return sent(c, html, status, { ...inReadersLanguage(c), ...headers })
}

dropPages.get('/drops/:slug', async (c) => {
  const slug = c.req.param('slug')
  const found = await findDrop(c, slug)
  if (found === null) return notFound(c)
  return shownDrop(c, found)
})

/** The drop's page, and what its reader was just told. */
export async function shownDrop(
  c: Asked,
  { facts, now }: Found,
  refused?: { title: string; detail: string; status: number },
): Promise<Response> {
  const frame = await frameOf(c, readersLocale(c))
  const view: DropPageView = {
    ...dropView(facts.drop, facts.products, frame.now),
    products: facts.products.map((card) => cardInDrop(cardView(card, frame.now), now, facts.products.length === 1)),
    status: now.status,
    isAgain: now.againAvailable,
    room: roomNowOf(now, facts.drop),
    standing: await standingOf(c, facts.drop),
    asksCode: facts.drop.hasInvitations,
    ...(await earlyOf(c, facts, now, refused)),
  }
  const html = dropPage(frame, view)
  if (refused || view.early || !isForAnybody(c)) return told(c, html, refused?.status ?? 200)
  return sentToAnybody(c, html, {
    freshUntil: frame.now + TOLD_NOW.memoryMs,
    headers: inReadersLanguage(c),
  })
}

dropPages.get('/drops/:slug/waiting', async (c) => {
  const slug = c.req.param('slug')
  const [found, seen] = await Promise.all([findDrop(c, slug), isSlug(slug) ? ownPlace(c, slug) : null])
  if (found === null) return notFound(c)
  const room = roomNowOf(found.now, found.facts.drop)
  return room === null
    ? goTo(`/drops/${slug}`)
    : shownRoom(c, { ...found, room }, seen, { proof: c.req.query('proof') })
})

/** The heading says how the drop stands, so its cards only say how much there is of each; and never the contrary. */
function cardInDrop(card: CardView, { status, units }: DropNow, isOnly: boolean): CardView {
  const band = status === 'sold_out' ? 'sold_out' : isOnly && units ? availabilityOf(units.free) : card.band
  return { ...card, drop: null, band }
}

async function shownRoom(
  c: Asked,
  { facts, now, room }: Found & { room: RoomNow },
  seen: PlaceSeen | null,
  { proof, refused }: { proof?: string | undefined; refused?: Refused } = {},
): Promise<Response> {
  const frame = await frameOf(c, readersLocale(c))
  const drop = { ...dropView(facts.drop, [], frame.now), status: now.status }
  // A link from a letter may be opened when all is over; then that is what its reader is told.
  const mayJoin = seen === null && roomStateOf(now.status, room, null).startsWith('outside')
  const mailbox = mayJoin && now.room?.terms.oneLotPerEmail ? await mailboxOf(c, facts.drop.id, proof) : null
  const why = refused ?? (proof && mailbox?.step === 'ask' ? PROOF_OVER : undefined)
  const challenge = seen === null && now.room?.terms.challenge ? challengeOf(c.env) : null
  const view: RoomView = {
    drop,
    room,
    place: seen && placeViewOf(seen),
    unitsLeft: dropNowOut(now, facts.drop).units_left,
    isTold: streamsMost(c.env) > 0,
    isStaying: c.req.query('stay') === '1',
    late: LATE.find((late) => late === c.req.query('late')) ?? 'unasked',
    hasBasket: await hasChosen(c, facts.drop.slug),
    mailbox,
    challenge,
    notice: why && wordsFor(frame.store.locale).room.refused[why.why],
  }
  const headers = challenge === null ? {} : { 'content-security-policy': policyWith(challenge) }
  return told(c, waitingPage(frame, view), why?.status ?? 200, {
    ...headers,
    ...(why?.retryAfter !== undefined && { 'retry-after': why.retryAfter }),
  })
}

const LATE = ['asking', 'over'] as const

/** How far somebody without a place has come in showing a mailbox. */
async function mailboxOf(c: Asked, dropId: string, proof: string | undefined): Promise<MailboxView> {
  if (proof && (await mailboxShown(c, dropId, proof)) !== null) return { step: 'proven', proof }
  return { step: c.req.query('letter') === 'sent' && !proof ? 'sent' : 'ask' }
}

/** Why somebody got no place, as the page says it. */
interface Refused {
  why: keyof Words['room']['refused']
  status: number
  /** Whole seconds, where coming back later helps. */
  retryAfter?: string | undefined
}

const PROOF_OVER: Refused = { why: 'proofOver', status: 403 }

dropPages.post('/drops/:slug/waiting', async (c) => {
  const slug = c.req.param('slug')
  const filled = await readForm(c)
  const proof = proofIn(filled['email_proof'])
  const joined = await joinRoom(c, slug, { emailProof: proof, challenge: filled['challenge'] || undefined })
  if (!joined.ok) return refusedAtTheDoor(c, slug, joined.refusal, proof)
  rememberRoom(c, slug)
  return goTo(`/drops/${slug}/waiting`)
})

dropPages.post('/drops/:slug/waiting/letter', async (c) => {
  const slug = c.req.param('slug')
  const filled = await readForm(c)
  const wanted = { email: filled['email'] ?? '', challenge: filled['challenge'] || undefined }
  const written = await writeLetter(c, slug, wanted)
  return written.ok ? goTo(`/drops/${slug}/waiting?letter=sent`) : refusedAtTheDoor(c, slug, written.refusal)
})

/** The code as people copy it: with a line break in it, or the whole link. */
const proofIn = (text = ''): string | undefined => text.replaceAll(/\s/g, '').split('proof=').at(-1) || undefined

/** Says why nobody came in, on the page where it can be done better. `proof`: is still good for another try. */
async function refusedAtTheDoor(c: Asked, slug: string, refusal: Refusal, proof?: string): Promise<Response> {
  const found = await findDrop(c, slug)
  if (found === null) return notFound(c)
  if (isForNobodyHere(refusal)) {
    return shownDrop(c, found, refusalInWords(refusal, c.var.visit.clock.now(), readersLocale(c)))
  }
  const refused = REFUSED[refusal.code]
  const standing = roomNowOf(found.now, found.facts.drop)
  if (refused && standing) {
    const isSpent = refusal.code === 'email_has_a_place_already'
    const retryAfter = problemFor(refusal, c.var.visit.requestId).headers['retry-after']
    return shownRoom(c, { ...found, room: standing }, null, {
      refused: { ...refused, retryAfter },
      proof: isSpent ? undefined : proof,
    })
  }
  // The room's page says why nobody can join: it is sold out, over, or there is no room at all.
  return goTo(standing === null ? `/drops/${slug}` : `/drops/${slug}/waiting`)
}

const isForNobodyHere = (refusal: Refusal): refusal is Extract<Refusal, { code: (typeof NEVER)[number] }> =>
  NEVER.some((code) => code === refusal.code)

const NEVER = ['not_in_market', 'invitation_required', 'country_forbidden_by_law', 'country_not_served'] as const

const REFUSED: Partial<Record<Refusal['code'], Refused>> = {
  email_required: { why: 'emailNeeded', status: 422 },
  invalid_request: { why: 'emailNeeded', status: 422 },
  email_proof_not_valid: PROOF_OVER,
  email_has_a_place_already: { why: 'emailTaken', status: 409 },
  letter_not_sent: { why: 'letterNotSent', status: 503 },
  too_many_requests: { why: 'tooManyLetters', status: 429 },
  too_many_places_from_here: { why: 'tooMany', status: 429 },
  challenge_required: { why: 'robot', status: 403 },
  challenge_failed: { why: 'robot', status: 403 },
}

dropPages.post('/drops/:slug/waiting/pass', async (c) => {
  const slug = c.req.param('slug')
  const room = `/drops/${slug}/waiting`
  const seen = isSlug(slug) ? await ownPlace(c, slug) : null
  if (seen === null) return isSlug(slug) ? goTo(room) : notFound(c)
  const passed = await insistently(c, seen)
  if (passed.ok) {
    const { token, expiresAt } = passed.value
    const seconds = Math.max(1, Math.ceil((expiresAt - c.var.visit.clock.now()) / 1000))
    sendCookie(c, PASS_COOKIE, token, seconds)
    // What was chosen before is reserved with the same press; where that is refused, the drop's page is where to choose anew.
    const held = await reserveChosen(c, slug, { key: seen.place.id, pass: token })
    return goTo(held?.ok ? '/basket' : `/drops/${slug}`)
  }
  if (passed.refusal.code === 'place_has_left') return goTo(`${room}?late=over`)
  // Who came late has now asked, and is let in when somebody leaves.
  return goTo(passed.refusal.code === 'not_your_turn_yet' && seen.phase === 'missed' ? `${room}?late=asking` : room)
})

/**
 * Called people who press together come in one after the other, at the room's pace, however often the others ask. Nobody
 * should press twice for it, so a press goes on asking for a while: a whole room that presses at once needs some seconds.
 */
async function insistently(c: Asked, seen: PlaceSeen): ReturnType<typeof passFor> {
  const { clock } = c.var.visit
  const until = clock.now() + INSIST_MS
  for (;;) {
    const passed = await passFor(c, seen.place.id)
    if (passed.ok || passed.refusal.code !== 'not_your_turn_yet') return passed
    if (seen.phase !== 'called' || clock.now() >= until) return passed
    await scheduler.wait(Math.max(ASK_AGAIN_LEAST_MS, Math.min(ASK_AGAIN_MOST_MS, passed.refusal.retryInMs)))
  }
}

/** Shorter than a browser's patience, and than that of whoever was called. */
const INSIST_MS = 10_000
const ASK_AGAIN_LEAST_MS = 250
const ASK_AGAIN_MOST_MS = 1000

dropPages.get('/drops/:slug/draw', async (c) => {
  const slug = c.req.param('slug')
  const [frame, found, seen] = await Promise.all([
    frameOf(c, readersLocale(c)),
    findDrop(c, slug),
    isSlug(slug) ? ownPlace(c, slug).catch(() => null) : null,
  ])
  const draw = found && (await drawNow(c, found.facts.drop.id))
  if (found === null || draw === null) return notFound(c)
  const ownLot = seen?.place.kind === 'draw' ? seen.place.lot : null
  return told(c, drawPage(frame, { ...draw, drop: dropView(found.facts.drop, [], frame.now), ownLot }))
})

const placeViewOf = ({ place, phase, estimate, chance, calledUntil }: PlaceSeen): PlaceView => ({
  phase,
  position: place.position,
  lot: place.kind === 'draw' ? place.lot : null,
  estimate,
  chance,
  calledUntil,
})
