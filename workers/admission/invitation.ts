/**
 * Invitations to a drop, as the door sees them. Who redeems a code (`redeemCode`) is given a signed token for this visitor,
 * this drop and this window; it travels in a cookie, or in the header `Onrush-Invitation`.
 *
 * A code may be revoked after it was redeemed, so a token is believed for 45 seconds; after that the code's judge is asked
 * whether it still stands, and the cookie is renewed. That is the price of not asking it before every hold.
 *
 * A browser carries one invitation: the newest. Who has two enters the other code again, which redeems nothing twice.
 */
import { refuse, type Decision } from '../../domain/basics/decision.ts'
import { invitationShard, plainCode } from '../../domain/invitation/code.ts'
import type { InvitationRefusal, Redeemed } from '../../domain/message/invitation-desk.ts'
import type { Admission } from '../../domain/message/stock-desk.ts'
import { networkOf } from '../../domain/room/identity.ts'
import type { Asked } from '../context.ts'
import { INVITATION_COOKIE, readCookie, sendCookie } from '../cookies.ts'
import { invitationDesk } from '../desks.ts'
import { digest, isSigned, sign } from '../signing.ts'
import { digestOfCode } from './codes.ts'

/** With the caches of pages in front of it, a revoked code is dead for everybody within a minute. */
const BELIEVED_MS = 45_000
const LONGEST_COOKIE_MS = 30 * 24 * 60 * 60_000

interface Token {
  dropId: string
  digest: string
  opensAt: number | null
  endsAt: number | null
  /** When the code's judge last said so. */
  checkedAt: number
}

export interface Invited extends Redeemed {
  token: string
}

/** Redeems a code for this visitor, who carries the invitation from then on. Safe to repeat. */
export async function redeemCode(
  c: Asked,
  visitorId: string,
  { dropId, code }: { dropId: string; code: string },
): Promise<Decision<Invited, InvitationRefusal>> {
  const plain = plainCode(code)
  if (plain === null) return refuse({ code: 'invitation_not_valid' })
  const { storeId, clock, clientIp } = c.get('visit')
  const codeDigest = await digestOfCode(storeId, dropId, plain)
  const network = networkOf(clientIp)
  const redeemed = await invitationDesk(c.env, storeId, dropId, invitationShard(codeDigest)).redeem({
    digest: codeDigest,
    visitorId,
    // Addresses are compared and never kept.
    address: network === null ? null : await digest(`invitations from\n${dropId}\n${network}`),
  })
  if (!redeemed.ok) return redeemed
  const { opensAt, endsAt } = redeemed.value
  const token = await carry(c, visitorId, { dropId, digest: codeDigest, opensAt, endsAt, checkedAt: clock.now() })
  return { ok: true, value: { ...redeemed.value, token } }
}

/** The invitation that came along, if it is this visitor's and still stands. */
export async function invitationShown(c: Asked, visitorId: string): Promise<Admission['invitation']> {
  const { headers } = c.req.raw
  for (const text of [headers.get('onrush-invitation'), readCookie(headers, INVITATION_COOKIE)]) {
    const token = text ? await read(c, visitorId, text.trim()) : null
    const standing = token && (await believed(c, visitorId, token))
    if (standing) return { dropId: standing.dropId, opensAt: standing.opensAt, endsAt: standing.endsAt }
  }
  return null
}

async function believed(c: Asked, visitorId: string, token: Token): Promise<Token | null> {
  const { storeId, clock } = c.get('visit')
  const now = clock.now()
  if (token.endsAt !== null && now >= token.endsAt) return null
  if (Math.abs(now - token.checkedAt) < BELIEVED_MS) return token
  const desk = invitationDesk(c.env, storeId, token.dropId, invitationShard(token.digest))
  const standing = await desk.standing(token.digest, visitorId)
  if (!standing) return null
  const renewed = { ...token, opensAt: standing.opensAt, endsAt: standing.endsAt, checkedAt: now }
  await carry(c, visitorId, renewed)
  return renewed
}

/** Signs the token and sends it along as a cookie. */
async function carry(c: Asked, visitorId: string, token: Token): Promise<string> {
  const payload = [token.dropId, token.digest, token.opensAt ?? '', token.endsAt ?? '', token.checkedAt].join('.')
  const text = `${payload}.${await sign(c.env.SIGNING_KEY, 'invitation', signedFor(c, visitorId, payload))}`
  const lifeMs = Math.min(LONGEST_COOKIE_MS, (token.endsAt ?? Infinity) - token.checkedAt)
  sendCookie(c, INVITATION_COOKIE, text, Math.max(1, Math.ceil(lifeMs / 1000)))
  return text
}

const TOKEN = /^((drp_[0-9A-Z]{26})\.([0-9a-f]{64})\.(\d{0,15})\.(\d{0,15})\.(\d{1,15}))\.([\w-]{22})$/

async function read(c: Asked, visitorId: string, text: string): Promise<Token | null> {
  const [, payload = '', dropId = '', codeDigest = '', opensAt, endsAt, checkedAt, signature = ''] =
    TOKEN.exec(text) ?? []
  if (!(await isSigned(c.env.SIGNING_KEY, 'invitation', signedFor(c, visitorId, payload), signature))) return null
  return {
    ...{ dropId, digest: codeDigest, checkedAt: Number(checkedAt) },
    opensAt: opensAt === '' ? null : Number(opensAt),
    endsAt: endsAt === '' ? null : Number(endsAt),
  }
}

const signedFor = (c: Asked, visitorId: string, payload: string): string =>
  `${c.get('visit').storeId} ${visitorId} ${payload}`
