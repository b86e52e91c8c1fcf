import { beforeEach, describe, expect, it } from 'vitest'
import type { Answer } from './answer.ts'
import { ANSWER_KEPT_MS, LEASE_MS } from './answer.ts'
import { AnswerKeeper } from './keeper.ts'
import { MemoryAnswerStore } from './memory-store.ts'

const START = Date.UTC(2026, 10, 20, 10)
const said: Answer = { status: 201, headers: [['content-type', 'application/json']], body: new ArrayBuffer(2) }
const first = { key: 'k', fingerprint: 'buy two', attempt: 'req_1' }
const again = { ...first, attempt: 'req_2' }

describe('answers', () => {
  let now = START
  let keeper: AnswerKeeper

  beforeEach(() => {
    now = START
    keeper = new AnswerKeeper(new MemoryAnswerStore(), { now: () => now })
  })

  it('[IDM3] replays the first answer to whoever asks again', () => {
    expect(keeper.begin(first)).toEqual({ ok: true, value: { kind: 'fresh' } })
    keeper.finish(first, said)
    expect(keeper.begin(again)).toEqual({ ok: true, value: { kind: 'replay', answer: said } })
  })

  it('[IDM4] refuses another body under the same key, in flight or answered', () => {
    keeper.begin(first)
    const other = { ...again, fingerprint: 'buy three' }
    expect(keeper.begin(other)).toEqual({ ok: false, refusal: { code: 'idempotency_key_reused' } })
    now += LEASE_MS
    expect(keeper.begin(other)).toEqual({ ok: false, refusal: { code: 'idempotency_key_reused' } })
    keeper.finish(first, said)
    expect(keeper.begin(other)).toEqual({ ok: false, refusal: { code: 'idempotency_key_reused' } })
  })

  it('[IDM5] lets one attempt run at a time, and says when to come back', () => {
    keeper.begin(first)
    expect(keeper.begin(again)).toEqual({
      ok: false,
      refusal: { code: 'idempotency_request_in_flight', retryInMs: 1000 },
    })
  })

  it.each([
    ['a millisecond before its lease is over', LEASE_MS - 1, false],
    ['once its lease is over', LEASE_MS, true],
  ])('[IDM6] lets an attempt that died be tried again %s: %#', (_, waitMs, free) => {
    keeper.begin(first)
    now += waitMs
    expect(keeper.begin(again).ok).toBe(free)
  })

  it('[IDM6] tells an attempt that outlived its lease what its successor said', () => {
    keeper.begin(first)
    now += LEASE_MS
    keeper.begin(again)
    keeper.finish(again, said)
    expect(keeper.finish(first, { ...said, status: 409 })).toEqual(said)
  })

  it('[IDM7] frees the key at once after a fault, and keeps it bound to its body', () => {
    keeper.begin(first)
    keeper.abandon(first)
    expect(keeper.begin({ ...again, fingerprint: 'other' }).ok).toBe(false)
    expect(keeper.begin(again)).toEqual({ ok: true, value: { kind: 'fresh' } })
  })

  it('[IDM7] does not let an attempt without the lease free the key', () => {
    keeper.begin(first)
    keeper.abandon(again)
    expect(keeper.begin(again).ok).toBe(false)
  })

  it.each([
    ['a second before a day is over', ANSWER_KEPT_MS - 1000, 'replay'],
    ['a millisecond before a day is over', ANSWER_KEPT_MS - 1, 'replay'],
    ['when the day is over', ANSWER_KEPT_MS, 'fresh'],
    ['a second after', ANSWER_KEPT_MS + 1000, 'fresh'],
  ])('[IDM8] remembers for 24 hours: %s', (_, ageMs, kind) => {
    keeper.begin(first)
    keeper.finish(first, said)
    now += ageMs
    expect(keeper.begin(again)).toMatchObject({ ok: true, value: { kind } })
  })

  it('[IDM8] forgets what is a day old and says when to come back', () => {
    keeper.begin(first)
    now += 1000
    keeper.begin({ ...first, key: 'later' })
    now = START + ANSWER_KEPT_MS
    expect(keeper.forgetOld()).toBe(START + 1000 + ANSWER_KEPT_MS)
    now += 1000
    expect(keeper.forgetOld()).toBeUndefined()
  })
})
