/**
 * A bot challenge: the browser solves something and gets a token, and we ask whoever set it whether the token is good.
 * Spoken in Turnstile's `siteverify` (developers.cloudflare.com/turnstile/get-started/server-side-validation), which
 * hCaptcha and reCAPTCHA speak nearly alike. A token is good once and for five minutes; the provider keeps count.
 */
import { Fault } from '../fault.ts'

export interface ChallengeSettings {
  /** Empty: Turnstile itself; locally the stand-in's. */
  CHALLENGE_API_BASE: string
  /** Missing: this deployment has set up no challenge. */
  CHALLENGE_SECRET_KEY?: string
}

export interface ChallengeAnswer {
  token: string
  /** The address the token was shown from. */
  ip: string
  /** The same for a repeat of the same request: the provider then says the same again, although the token is spent. */
  attempt: string
}

const SITEVERIFY = 'https://challenges.cloudflare.com'
const PATIENCE_MS = 5_000

/**
 * Whether the answer is good. A provider that is away, slow or says something we do not understand is a fault, and so is
 * a deployment without a key: whoever asks for a challenge wants nobody in who has not passed it. The operator's way
 * out is the switch in the drop's terms.
 */
export async function passesChallenge(settings: ChallengeSettings, answer: ChallengeAnswer): Promise<boolean> {
  const { CHALLENGE_API_BASE, CHALLENGE_SECRET_KEY } = settings
  if (!CHALLENGE_SECRET_KEY) throw new Fault('a drop asks for a bot challenge, and CHALLENGE_SECRET_KEY is not set')
  const response = await fetch(`${CHALLENGE_API_BASE || SITEVERIFY}/turnstile/v0/siteverify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      secret: CHALLENGE_SECRET_KEY,
      response: answer.token,
      remoteip: answer.ip,
      idempotency_key: answer.attempt,
    }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((cause: unknown) => {
    throw new Fault('the bot challenge could not be verified', { cause })
  })
  const verdict = (await response.json().catch(() => null)) as { success?: unknown; 'error-codes'?: unknown } | null
  if (verdict?.success === true) return true
  if (verdict?.success === false && !isOurMistake(verdict['error-codes'])) return false
  throw new Fault(`the bot challenge answered ${response.status} ${JSON.stringify(verdict?.['error-codes'] ?? null)}`)
}

/** A wrong key or a provider in trouble is nothing the visitor could mend. */
const isOurMistake = (codes: unknown): boolean =>
  !Array.isArray(codes) || codes.some((code) => /secret|internal-error|bad-request/.test(String(code)))
