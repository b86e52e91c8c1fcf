/**
 * Crowds around single things: many clients who want the same key, the same hold, or more than one visitor may have.
 * Each scene resolves with what was seen, one history a thing, to be laid beside the specs of simulation/linearizability.
 */
import { randomUUID } from 'node:crypto'
import type {
  HoldAnswer,
  HoldAsked,
  KeyAnswer,
  KeyAsked,
  LimitAnswer,
  LimitAsked,
} from '../../simulation/linearizability/specs.ts'
import { History, ask, pause, type Said } from './recorder.ts'

const CLIENT_TRIES = 3
const AGAIN_MS = 150
const TRIES_MOST = 60

const holdBody = (sku: string, quantity: number): unknown => ({ lines: [{ sku, quantity }] })

// The same Idempotency-Key, at once and again, with two bodies.

export async function contestKeys(
  url: string,
  { sku, keys, clients }: { sku: string; keys: number; clients: number },
): Promise<History<KeyAsked, KeyAnswer>[]> {
  const histories = Array.from({ length: keys }, () => new History<KeyAsked, KeyAnswer>(randomUUID()))
  await Promise.all(
    histories.flatMap((history) => Array.from({ length: clients }, (_, i) => insistOnKey(url, sku, history, i))),
  )
  return histories
}

async function insistOnKey(url: string, sku: string, history: History<KeyAsked, KeyAnswer>, client: number) {
  const body = client % 4 === 3 ? 'two' : 'one'
  await pause(Math.random() * 400)
  for (let tries = 0; tries < CLIENT_TRIES; tries++) {
    await history.record({ body }, async () => {
      const asked = {
        method: 'POST',
        path: '/api/v1/holds',
        key: history.name,
        body: holdBody(sku, body === 'one' ? 1 : 2),
      }
      const said = await ask(url, asked)
      return said && keyAnswerOf(said)
    })
    await pause(Math.random() * 1_500)
  }
}

function keyAnswerOf({ text, body: { code } }: Said): KeyAnswer {
  if (code === 'idempotency_request_in_flight') return { kind: 'in_flight' }
  if (code === 'idempotency_key_reused') return { kind: 'reused' }
  return { kind: 'answered', answer: text }
}

// The same hold, given back, ordered and looked at.

export async function contestHolds(
  url: string,
  { sku, holds, clients }: { sku: string; holds: number; clients: number },
): Promise<History<HoldAsked, HoldAnswer>[]> {
  const ids = await Promise.all(
    Array.from({ length: holds }, async () => {
      const said = await insist(() =>
        ask(url, { method: 'POST', path: '/api/v1/holds', key: randomUUID(), body: holdBody(sku, 1) }),
      )
      if (said.status !== 201) throw new Error(`no hold to contest: ${said.text}`)
      return String(said.body['id'])
    }),
  )
  const histories = ids.map((id) => new History<HoldAsked, HoldAnswer>(id))
  await Promise.all(
    histories.flatMap((history) => Array.from({ length: clients }, (_, i) => contestHold(url, history, i))),
  )
  return histories
}

async function contestHold(url: string, history: History<HoldAsked, HoldAnswer>, client: number): Promise<void> {
  const asked: HoldAsked =
    client % 3 === 0
      ? { kind: 'look' }
      : client % 3 === 1
        ? { kind: 'order', key: `k${client % 2}` }
        : { kind: 'release' }
  await pause(Math.random() * 600)
  for (let tries = 0; tries < CLIENT_TRIES; tries++) {
    await history.record(asked, async () => {
      const said = await askAboutHold(url, history.name, asked)
      return said && holdAnswerOf(said)
    })
    await pause(Math.random() * 1_000)
  }
}

function askAboutHold(url: string, id: string, asked: HoldAsked): Promise<Said | null> {
  const path = `/api/v1/holds/${id}`
  switch (asked.kind) {
    case 'look':
      return ask(url, { method: 'GET', path })
    case 'release':
      return ask(url, { method: 'DELETE', path })
    case 'order': {
      const body = { hold_id: id, email: 'ana@example.com', payment_method: 'pm_card_visa' }
      return ask(url, { method: 'POST', path: '/api/v1/orders', key: `${id}-${asked.key}`, body })
    }
  }
}

type SeenState = Extract<HoldAnswer, { kind: 'is' }>['state']

/** Null for "in flight", which says nothing about the hold. */
function holdAnswerOf({ status, text, body }: Said): HoldAnswer | null {
  if (status === 200) return { kind: 'is', state: body['state'] as SeenState }
  if (status === 202) return { kind: 'taken', orderId: String(body['id']) }
  if (body['code'] === 'hold_already_ordered') return { kind: 'already_ordered', orderId: String(body['order_id']) }
  if (body['code'] === 'hold_has_ended') return { kind: 'has_ended' }
  if (body['code'] === 'idempotency_request_in_flight') return null
  throw new Error(`an answer nobody expected: ${status} ${text}`)
}

// One visitor, many tabs, more than they may have.

export async function pushLimits(
  url: string,
  { sku, visitors, tabs }: { sku: string; visitors: number; tabs: number },
): Promise<History<LimitAsked, LimitAnswer>[]> {
  return Promise.all(
    Array.from({ length: visitors }, async (_, n) => {
      const history = new History<LimitAsked, LimitAnswer>(`visitor ${n} of ${sku}`)
      const cookie = await becomeVisitor(url, history, sku)
      await Promise.all(Array.from({ length: tabs }, (__, i) => tab(url, history, sku, cookie, 1 + (i % 2))))
      return history
    }),
  )
}

/** The first hold brings the cookie. */
async function becomeVisitor(url: string, history: History<LimitAsked, LimitAnswer>, sku: string): Promise<string> {
  const key = randomUUID()
  let cookie = ''
  await history.record({ kind: 'hold', units: 1 }, async () => {
    const said = await insist(() => ask(url, { method: 'POST', path: '/api/v1/holds', key, body: holdBody(sku, 1) }))
    cookie = said.cookie
    return limitAnswerOf(said)
  })
  if (cookie === '') throw new Error('a first hold brings a cookie')
  return cookie
}

/** Holds, with one key until it is answered; and gives back, sometimes, what it got. */
async function tab(
  url: string,
  history: History<LimitAsked, LimitAnswer>,
  sku: string,
  cookie: string,
  units: number,
): Promise<void> {
  for (let tries = 0; tries < CLIENT_TRIES; tries++) {
    await pause(Math.random() * 800)
    const key = randomUUID()
    const path = '/api/v1/holds'
    let holdId = ''
    const answer = await history.record({ kind: 'hold', units }, async () => {
      const said = await insist(() => ask(url, { method: 'POST', path, key, cookie, body: holdBody(sku, units) }))
      holdId = String(said.body['id'])
      return limitAnswerOf(said)
    })
    if (answer !== 'granted' || Math.random() < 0.3) continue
    await pause(Math.random() * 300)
    // Its units count until their owner has heard of it, and nobody tells us when that was.
    const openSince = history.record({ kind: 'give_back', units }, async () => {
      await insist(() => ask(url, { method: 'DELETE', path: `${path}/${holdId}`, cookie }))
      return null
    })
    await openSince
  }
}

function limitAnswerOf({ status, text, body }: Said): LimitAnswer {
  if (status === 201) return 'granted'
  if (body['code'] === 'purchase_limit_reached') return { alreadyTaken: Number(body['already_taken']) }
  throw new Error(`an answer nobody expected: ${status} ${text}`)
}

/** Again with the same key, until there is an answer. */
async function insist(attempt: () => Promise<Said | null>): Promise<Said> {
  for (let tries = 0; tries < TRIES_MOST; tries++) {
    const said = await attempt()
    if (said && said.body['code'] !== 'idempotency_request_in_flight') return said
    await pause(AGAIN_MS)
  }
  throw new Error('no answer, however often it was asked for')
}
