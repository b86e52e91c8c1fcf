/** Said in and before the waiting room. */
import type { Answers } from './refusals.ts'

export const ROOM = {
  place_not_found: {
    status: 404,
    title: 'There is no such place in a waiting room.',
    help: 'The id is wrong, or the place is another visitor’s: it is seen with the cookie it was taken with.',
  },
  not_your_turn_yet: {
    status: 409,
    title: 'It is not your turn yet.',
    help: 'Your place is `position`; everybody up to `admitted_through` has been called. Poll `GET /drops/{slug}/now`. Who was called and came too late is let in as soon as there is room: ask again after `Retry-After`.',
    retryAfterMs: ({ retryInMs }) => retryInMs,
  },
  place_has_left: {
    status: 409,
    title: 'This place has had its turn.',
    help: 'It was called and nobody came for too long, or its pass was used or ran out.',
  },
  room_closed: {
    status: 409,
    title: 'The waiting room is closed.',
    help: '`reason` says why: `sold_out` (keep your place: units that come back are offered in the same order) or `ended`.',
  },
  email_required: {
    status: 409,
    title: 'This drop gives one place to whoever reads a mailbox.',
    help: 'An address alone is no proof: ask for a letter with `POST /drops/{slug}/places/proofs`, and send the code in it as `email_proof`.',
  },
  email_proof_not_valid: {
    status: 403,
    title: 'This is no proof of a mailbox, or not any more.',
    help: 'It was cut short, is of another drop, or is older than two hours. Copy it anew from the letter, or ask for another letter with `POST /drops/{slug}/places/proofs`.',
  },
  email_not_asked: {
    status: 409,
    title: 'This drop asks nobody for a mailbox.',
    help: 'No letter was sent, and none is needed: join with `POST /drops/{slug}/places`.',
  },
  letter_not_sent: {
    status: 503,
    title: 'The letter could not be sent.',
    help: 'It does not count towards any limit of the mailbox. Ask for it again after `Retry-After`.',
    retryAfterMs: () => 5000,
  },
  email_has_a_place_already: {
    status: 409,
    title: 'There is a place for this e-mail address already.',
    help: 'It belongs to the visitor who took it first; all spellings of a mailbox count as one.',
  },
  too_many_places_from_here: {
    status: 429,
    title: 'Too many places were taken from this network.',
    help: 'About `limit` places of one drop are given to one address (IPv4, or the /64 of IPv6). Join through another network.',
  },
  challenge_required: {
    status: 403,
    title: 'Please show that you are not a robot.',
    help: 'This drop asks for a bot challenge: solve it, and send its token as `challenge`.',
  },
  challenge_failed: {
    status: 403,
    title: 'The bot challenge was not passed.',
    help: 'The token is wrong, was used before or is too old (five minutes). Solve a new one.',
  },
} satisfies Partial<Answers>
