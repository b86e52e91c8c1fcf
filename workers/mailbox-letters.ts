/**
 * The letter that proves a mailbox, where a drop gives one lot for each: whoever shows what stands in it has read it.
 *
 * The answer tells nobody anything about a mailbox: neither whether it has a place, nor whether anybody has asked for it
 * before. So the limit that guards a mailbox is silent; those that say how often one may ask are about whoever asks.
 */
import { accept, refuse, type Decision } from '../domain/basics/decision.ts'
import type { Rate } from '../domain/limit/gcra.ts'
import { mailboxOf, networkOf } from '../domain/room/identity.ts'
import { within } from '../durable-objects/basics/deadline.ts'
import { limitOf } from '../platform/desks.ts'
import { Fault } from '../platform/fault.ts'
import { BindingMailer, type Letter } from '../platform/mail/mailer.ts'
import { mailboxProof } from '../platform/mailbox-proofs.ts'
import { challengeRefusal } from './admission/challenge.ts'
import type { Asked } from './context.ts'
import { failingOf, report } from './failures.ts'
import { mailboxLetter } from './mailbox-letter.ts'
import { refusalBy } from './middleware/limit/index.ts'
import { preferredLocale } from './pages/languages/index.ts'
import type { Refusal } from './problems.ts'
import { mailboxDigest } from './room-digests.ts'
import { closedFor, neverOpenTo, roomOf } from './room.ts'
import { knownVisitor, visitorOf } from './visitors.ts'

/** Time to find the letter, and less than an evening in which a forgotten one lies about. */
const PROOF_GOOD_MS = 2 * 60 * 60_000

/**
 * What one mailbox is written for one drop. A permit grows back in a third of an hour and a proof is good for two, so
 * whoever is written no more has a letter that is good for 100 minutes at least: nobody is kept out by a stranger who asks
 * in their name.
 */
export const LETTERS_PER_MAILBOX: Rate = { units: 3, windowMs: 3_600_000, burst: 3 }

const JUDGE_PATIENCE_MS = 1_000
const MAIL_PATIENCE_MS = 8_000

export interface LetterWanted {
  email: string
  challenge?: string | undefined
}

/**
 * Sends the letter, and says for how long its proof is good. Safe to repeat: another letter then proves the same. When the
 * mail is away nothing was counted against the mailbox, and the refusal says when to ask again.
 */
export async function writeLetter(
  c: Asked,
  slug: string,
  { email, challenge }: LetterWanted,
): Promise<Decision<{ goodForMs: number }, Refusal>> {
  const found = await roomOf(c, slug)
  if (!found.ok) return found
  const { dropId, drop, now, room } = found.value
  if (!room.terms.oneLotPerEmail) return refuse({ code: 'email_not_asked', drop: slug })
  const closed = closedFor(now)
  if (closed !== null) return refuse({ code: 'room_closed', reason: closed })
  const mailbox = mailboxOf(email)
  if (mailbox === null) {
    return refuse({ code: 'invalid_request', errors: [{ pointer: '/email', problem: NO_MAILBOX }] })
  }
  const digest = await mailboxDigest(c, dropId, mailbox)
  const refusal = await refusalOfAsking(c, found.value, { digest, challenge })
  if (refusal) return refuse(refusal)
  const asked = c.var.visit.clock.now()
  const expiresAt = Math.min(asked + PROOF_GOOD_MS, now.endsAt ?? Infinity)
  const isSent = await onceInAWhile(c, `mailbox-letters ${digest}`, async () => {
    const proof = await mailboxProof(c.env, { storeId: c.var.visit.storeId, dropId }, { mailbox: digest, expiresAt })
    await send(c, letterTo(c, mailbox, { slug, title: drop.title, proof, expiresAt }))
  })
  return isSent ? accept({ goodForMs: expiresAt - asked }) : refuse({ code: 'letter_not_sent' })
}

const NO_MAILBOX = 'must be an address in plain letters; other alphabets are not told apart safely'

/** What whoever asks is refused for, which is never anything about the mailbox. */
async function refusalOfAsking(
  c: Asked,
  { dropId, drop, room }: { dropId: string; drop: Parameters<typeof neverOpenTo>[1]; room: RoomAsking },
  { digest, challenge }: { digest: string; challenge: string | undefined },
): Promise<Refusal | null> {
  const known = await knownVisitor(c)
  const visitorId = known ?? (await visitorOf(c)).id
  const never = await neverOpenTo(c, drop, visitorId)
  if (never) return never
  // Somebody new is counted by the network alone.
  const often = known === null ? null : await refusalBy(c, 'letters', known)
  if (often) return often
  if (room.terms.challenge) {
    // Before the network is counted: a robot must not use up what its neighbours need.
    const purpose = `letter ${dropId} ${visitorId} ${digest}`
    const robot = await challengeRefusal(c, { purpose, token: challenge })
    if (robot) return robot
  }
  const network = networkOf(c.var.visit.clientIp)
  return network === null ? null : refusalBy(c, 'network-letters', network)
}

interface RoomAsking {
  terms: { challenge: boolean }
}

/** Does it when the mailbox may be written to, and is silent when not. False: it was tried and failed, and is not counted. */
async function onceInAWhile(c: Asked, key: string, work: () => Promise<void>): Promise<boolean> {
  const rate = LETTERS_PER_MAILBOX
  const judge = limitOf(c.env, c.var.visit.storeId, key)
  const ask = within(
    JUDGE_PATIENCE_MS,
    'a judge of limits',
    judge.permits({ key, rate, want: 1, owed: 0, unused: null }),
  )
  const { granted } = await ask.catch((cause: unknown) => {
    // Closed, like all that lets one write to strangers.
    throw new Fault('a limit could not be judged', { cause })
  })
  if (granted === 0) return true
  try {
    await work()
    return true
  } catch (fault) {
    const failing = failingOf(fault)
    if (failing.kind === 'bug') throw fault
    report(c, fault, failing)
    await within(JUDGE_PATIENCE_MS, 'a judge of limits', judge.handBack(key, rate)).catch(() => undefined)
    return false
  }
}

const send = (c: Asked, letter: Letter): Promise<void> =>
  within(MAIL_PATIENCE_MS, 'sending a letter', new BindingMailer(c.env.MAIL).send(letter))

/** To the mailbox as it is counted: what follows a plus may be somebody else's where a plus means nothing. */
function letterTo(
  c: Asked,
  mailbox: string,
  { slug, title, proof, expiresAt }: { slug: string; title: string; proof: string; expiresAt: number },
): Letter {
  const { store, publicOrigin } = c.var.visit
  const link = new URL(`/drops/${slug}/waiting`, publicOrigin)
  link.searchParams.set('proof', proof)
  const locale = preferredLocale(c.req.header('accept-language') ?? null, 'en')
  const words = mailboxLetter(locale, { store: store.name, drop: title, link: link.href, proof, expiresAt })
  return { to: mailbox, from: { email: c.env.MAIL_FROM, name: store.name }, ...words, attachment: null }
}
