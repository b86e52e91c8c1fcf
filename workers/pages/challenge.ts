/** A bot challenge on a page (Turnstile): the one script that is not ours, and only where a drop's room asks for it. */
import { POLICY_OF_PAGES } from '../middleware/seals/index.ts'
import type { ChallengeView } from './views.ts'

const TURNSTILE = 'https://challenges.cloudflare.com'

/** Null: this deployment has set up no challenge. */
export function challengeOf(env: Pick<Env, 'CHALLENGE_SITE_KEY' | 'CHALLENGE_API_BASE'>): ChallengeView | null {
  if (!env.CHALLENGE_SITE_KEY) return null
  const host = new URL(env.CHALLENGE_API_BASE || TURNSTILE).origin
  return { host, siteKey: env.CHALLENGE_SITE_KEY }
}

/** The pages' policy, with a place for the challenge's script and its frame. */
export const policyWith = ({ host }: ChallengeView): string =>
  `${POLICY_OF_PAGES.replace("script-src 'self'", `script-src 'self' ${host}`)}; frame-src ${host}`
