/**
 * A stand-in for whoever sets the bot challenge: Turnstile's `siteverify`
 * (developers.cloudflare.com/turnstile/get-started/server-side-validation), with what it remembers. A token is good once
 * and for five minutes; a repeat with the same idempotency key is told the same as before. Tokens are made by the control
 * route, in place of the widget in the browser.
 *
 *     POST /turnstile/v0/siteverify   { secret, response, remoteip?, idempotency_key? }, as JSON or as a form
 *     POST /control                   { token?: 'good' | 'bad', mood?: 'well' | 'down' | 'hanging' | 'confused' }
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How long a token is good, as at Turnstile. */
const TOKEN_LIFE_MS = 5 * 60_000
const BODY_MAX = 100_000

export type Mood = 'well' | 'down' | 'hanging' | 'confused'

export interface ChallengeStandIn {
  /** Without a slash at its end. */
  url: string
  secretKey: string
  /** A token as a visitor's browser gets it: one that passes, or one that does not. */
  newToken(kind?: 'good' | 'bad'): string
  /** Well, answering with 500, never answering, or answering something else. */
  setMood(mood: Mood): void
  /** What `siteverify` was asked so far. */
  asked(): readonly { response: string; remoteip: string | null }[]
  stop(): Promise<void>
}

export interface ChallengeOptions {
  /** 0 or nothing: any free port. */
  port?: number
  secretKey?: string
  /** The real time; handed in by tests. */
  now?: () => number
}

interface Token {
  madeAt: number
  isGood: boolean
  /** The idempotency key with which it was spent; an empty one: without any. */
  spentBy: string | null
}

export async function startChallenge(options: ChallengeOptions = {}): Promise<ChallengeStandIn> {
  const now = options.now ?? Date.now
  const secretKey = options.secretKey ?? 'challenge_secret_onrush'
  const tokens = new Map<string, Token>()
  const asked: { response: string; remoteip: string | null }[] = []
  let mood: Mood = 'well'

  const newToken = (kind: 'good' | 'bad' = 'good'): string => {
    const name = `local.${tokens.size + 1}.${crypto.randomUUID()}`
    tokens.set(name, { madeAt: now(), isGood: kind === 'good', spentBy: null })
    return name
  }

  const verify = (question: Record<string, string>): { success: boolean; 'error-codes': string[] } => {
    const no = (code: string) => ({ success: false, 'error-codes': [code] })
    const { secret, response, idempotency_key: key = '' } = question
    asked.push({ response: response ?? '', remoteip: question['remoteip'] ?? null })
    if (!secret) return no('missing-input-secret')
    if (secret !== secretKey) return no('invalid-input-secret')
    if (!response) return no('missing-input-response')
    const token = tokens.get(response)
    if (!token?.isGood) return no('invalid-input-response')
    const isRepeat = token.spentBy !== null && key !== '' && token.spentBy === key
    if (isRepeat) return { success: true, 'error-codes': [] }
    if (token.spentBy !== null || now() >= token.madeAt + TOKEN_LIFE_MS) return no('timeout-or-duplicate')
    token.spentBy = key
    return { success: true, 'error-codes': [] }
  }

  const answer = (path: string, question: Record<string, string>): { status: number; body: unknown } => {
    if (path === '/control') {
      if (question['mood']) mood = question['mood'] as Mood
      return { status: 200, body: { mood, token: question['token'] ? newToken(question['token'] as 'good') : null } }
    }
    if (path !== '/turnstile/v0/siteverify') return { status: 404, body: { error: 'nothing here' } }
    if (mood === 'down') return { status: 500, body: { success: false, 'error-codes': ['internal-error'] } }
    if (mood === 'confused') return { status: 200, body: 'a page of some other service' }
    return {
      status: 200,
      body: { ...verify(question), challenge_ts: new Date(now()).toISOString(), hostname: 'localhost' },
    }
  }

  const server = createServer((request, response) => {
    void bodyOf(request).then((question) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname
      if (request.method !== 'POST' || !question) return response.writeHead(400).end()
      if (mood === 'hanging' && path !== '/control') return undefined
      const { status, body } = answer(path, question)
      return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secretKey,
    newToken,
    setMood: (next) => void (mood = next),
    asked: () => asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** JSON or a form; undefined: neither, or too much. */
async function bodyOf(request: IncomingMessage): Promise<Record<string, string> | undefined> {
  let text = ''
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > BODY_MAX) return undefined
  }
  if (/json/.test(request.headers['content-type'] ?? '')) {
    try {
      return JSON.parse(text) as Record<string, string>
    } catch {
      return undefined
    }
  }
  return Object.fromEntries(new URLSearchParams(text))
}
