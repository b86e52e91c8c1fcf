import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import type { CallEnd } from '../../../platform/outbound/calling.ts'
import type { JobHandler, Work } from '../handler.ts'
import type { JobParts } from '../parts.ts'
import { deliverWebhook } from './deliver-webhook.ts'
import { httpRequest } from './http-request.ts'
import { judged } from './merchant-call.ts'

const answered = (status: number, retryAfterMs: number | null = null, text = ''): CallEnd => ({
  ...{ kind: 'answered', status, retryAfterMs, text, isCut: false },
})
const judge = (end: CallEnd, finalStatuses: number[] = []) => judged(end, { finalStatuses, lettersKept: 10 })

describe('what a merchant’s answer means', () => {
  it.each([200, 201, 202, 204, 299])('[JHN6] %i is done', (status) => {
    expect(judge(answered(status, null, 'fine, thank you'))).toEqual({
      kind: 'succeeded',
      result: { status, body: 'fine, than', is_cut: true },
    })
  })

  it.each([
    [410, 'endpoint_gone', true, null],
    [301, 'redirected', false, null],
    [400, 'server_answered_badly', false, null],
    [404, 'server_answered_badly', false, null],
    [429, 'server_is_busy', false, 120_000],
    [500, 'server_answered_badly', false, null],
    [503, 'server_answered_badly', false, 120_000],
  ])('[JHN6] %i is %s', (status, code, isFinal, retryInMs) => {
    expect(judge(answered(status, retryInMs))).toMatchObject({ kind: 'failed', code, isFinal, retryInMs })
  })

  it('[JHN6] is final where the job says so, and where nobody was called', () => {
    expect(judge(answered(404), [404])).toMatchObject({ code: 'refused_by_server', isFinal: true })
    expect(judge({ kind: 'not_called', why: 'x' })).toMatchObject({ code: 'address_not_called', isFinal: true })
    expect(judge({ kind: 'no_answer', why: 'x' })).toMatchObject({ code: 'no_answer', isFinal: false })
  })
})

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

/** Runs the handler against a server that says yes, and gives what it was sent. */
async function sentBy(handler: JobHandler, payload: unknown, input: unknown[] = []): Promise<Request> {
  let sent: Request | undefined
  const parts = {
    webhookSecretOf: async () => SECRET,
    outside: {
      ...{ isAtHome: false, ownHosts: [], now: Date.now },
      fetch: async (request: Request) => {
        sent = request
        return new Response('ok')
      },
    },
  } as Partial<JobParts> as JobParts
  const work = {
    ...{ storeId: 'store_a', idempotencyKey: 'job_1', input, signal: new AbortController().signal },
    remainingMs: () => 20_000,
  } as Partial<Work> as Work
  const end = await handler.run(handler.payload.parse(payload), work, parts)
  expect(end).toMatchObject({ kind: 'succeeded', result: { status: 200 } })
  return sent!
}

describe('what a merchant’s server is sent', () => {
  it('[JHN4] is signed, and carries the job’s id as its own', async () => {
    const sent = await sentBy(httpRequest, {
      url: 'https://merchant.example/in',
      headers: { 'X-Their-Key': 'theirs', 'content-type': 'application/vnd.merchant+json' },
      body: { nightly: true },
    })
    const text = await sent.text()
    expect(JSON.parse(text)).toEqual({ nightly: true })
    expect(new Webhook(SECRET).verify(text, Object.fromEntries(sent.headers))).toEqual({ nightly: true })
    expect(Object.fromEntries(sent.headers)).toMatchObject({
      'idempotency-key': 'job_1',
      'webhook-id': 'job_1',
      'x-their-key': 'theirs',
      'content-type': 'application/vnd.merchant+json',
    })
    expect(sent.redirect).toBe('manual')
  })

  it('[JHN4] is signed also where there is nothing in it', async () => {
    const sent = await sentBy(httpRequest, { url: 'https://merchant.example/in', method: 'GET' })
    const signature = new Webhook(SECRET).sign(
      'job_1',
      new Date(Number(sent.headers.get('webhook-timestamp')) * 1000),
      '',
    )
    expect(sent.headers.get('webhook-signature')).toBe(signature)
    expect(sent.body).toBeNull()
  })

  it('[JHN4] cannot be made to say it is somebody else', () => {
    for (const name of ['Host', 'webhook-signature', 'CF-Connecting-IP', 'X-Forwarded-For', 'Idempotency-Key', 'a b']) {
      const payload = { url: 'https://merchant.example/', headers: { [name]: 'x' } }
      expect(httpRequest.payload.safeParse(payload).success, name).toBe(false)
    }
    const split = { url: 'https://merchant.example/', headers: { 'x-a': 'b\r\nhost: c' } }
    expect(httpRequest.payload.safeParse(split).success).toBe(false)
  })

  it('[JHN4] says what happened in the form that receivers know, and what came before it', async () => {
    const data = { order: 'ord_1' }
    const told = { event: 'order.paid', timestamp: '2026-11-20T10:00:00Z', data }
    const webhook = await sentBy(deliverWebhook, { url: 'https://merchant.example/in', ...told })
    expect(await webhook.json()).toEqual({ type: 'order.paid', timestamp: told.timestamp, data })
    const next = await sentBy(httpRequest, { url: 'https://merchant.example/in', body: 'mine' }, [{ rows: 2 }])
    expect(await next.json()).toEqual({ body: 'mine', input: [{ rows: 2 }] })
  })
})
