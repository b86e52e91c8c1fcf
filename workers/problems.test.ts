import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { problemsMarkdown } from '../scripts/problems-markdown.ts'
import { PROBLEMS, problemFor, type Code, type Refusal } from './problems.ts'

describe('problems', () => {
  it('[HTT7] are all named in docs/reference/problems.md, which is up to date', () => {
    expect(readFileSync('docs/reference/problems.md', 'utf8'), 'npm run docs:problems').toBe(problemsMarkdown())
  })

  it('[HTT7] say the same for the same refusal and request, to the byte', () => {
    const refusal = { code: 'not_enough_stock', requested: 2, free: 1 } as const
    expect(problemFor(refusal, 'req_1')).toEqual({
      status: 409,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
      body:
        '{"type":"/docs/problems#not_enough_stock","title":"There are not that many left.","status":409,' +
        '"code":"not_enough_stock","requested":2,"free":1,"request_id":"req_1"}',
    })
  })

  it.each(['order_not_refundable', 'order_not_cancellable'] as const)(
    '[HTT27] tell in %s where the order stands beside the HTTP status, not in its place',
    (code) => {
      const said = JSON.parse(problemFor({ code, status: 'accepted' }, 'r').body) as unknown
      expect(said).toMatchObject({ status: 409, order_status: 'accepted' })
    },
  )

  it('[HTT27] keep their own members, whatever a fact is called', () => {
    const own = { type: 'x', title: 'x', detail: 'x', instance: 'x', requestId: 'x' }
    const loud: Refusal = { code: 'drop_ended', endedAt: 0, ...own }
    const said = problemFor(loud, 'r').body
    expect(said).toBe(problemFor({ code: 'drop_ended', endedAt: 0 }, 'r').body)
  })

  it.each([
    [0, '1'],
    [1, '1'],
    [1000, '1'],
    [1001, '2'],
  ])('[HTT7] tell a crowd to come back in whole seconds, never none: %i ms is %s s', (opensInMs, seconds) => {
    const opensAt = Date.UTC(2026, 10, 20, 10)
    const { headers, body } = problemFor({ code: 'drop_not_open_yet', opensAt, opensInMs }, 'r')
    expect(headers['retry-after']).toBe(seconds)
    expect(JSON.parse(body)).toMatchObject({ opens_at: '2026-11-20T10:00:00.000Z', opens_in_ms: opensInMs })
  })

  it.each(Object.keys(PROBLEMS) as Code[])('[HTT7] answer %s with a failure, a sentence and advice', (code) => {
    const { status, title, help } = PROBLEMS[code]
    expect(status).toBeGreaterThanOrEqual(400)
    expect(title).toMatch(/^[A-Z].*[.]$/)
    expect(help).toMatch(/^[`A-Z].*[.]$/)
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
  })
})
