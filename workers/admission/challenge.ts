/** The bot challenge at a room's door: whether the answer to it is good for what was asked with it. */
import { passesChallenge } from '../../platform/challenge/challenge.ts'
import type { Asked } from '../context.ts'
import type { Refusal } from '../problems.ts'
import { secretDigest } from '../room-digests.ts'

export interface Answered {
  /** What was asked, and by whom. A repeat of the same is answered the same; for anything else the token is spent. */
  purpose: string
  token: string | undefined
}

export async function challengeRefusal(c: Asked, { purpose, token }: Answered): Promise<Refusal | null> {
  if (!token) return { code: 'challenge_required' }
  const attempt = uuidOf(await secretDigest(c, `challenge ${purpose} ${token}`))
  const isGood = await passesChallenge(c.env, { token, ip: c.var.visit.clientIp, attempt })
  return isGood ? null : { code: 'challenge_failed' }
}

const uuidOf = (hex: string): string => hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5')
