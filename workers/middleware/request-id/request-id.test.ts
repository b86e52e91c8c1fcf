import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../domain/basics/random.ts'
import { requestIdFrom, traceparentFrom } from './index.ts'

const id = (given: string): string => requestIdFrom(new Headers({ 'x-request-id': given }), 0, seededRandom(1))

describe('ids of a request', () => {
  it.each(['abc', '01KAHZ', 'a.b:c/d=e+f-g_h', 'x'.repeat(128)])('[HTT8] takes over %j', (given) => {
    expect(id(given)).toBe(given)
  })

  it.each(['', 'x'.repeat(129), 'a b', 'a"b', 'a{b}', '<script>', 'a,b'])(
    '[HTT8] makes an id of its own for %j',
    (given) => {
      expect(id(given)).toMatch(/^req_[0-9A-Z]{26}$/)
    },
  )

  it.each([
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', true],
    ['00-00000000000000000000000000000000-00f067aa0ba902b7-01', false],
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01', false],
    ['ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', false],
    ['00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01', false],
    ['nonsense', false],
  ])('[HTT8] takes over the trace %j: %s', (given, taken) => {
    expect(traceparentFrom(new Headers({ traceparent: given }))).toBe(taken ? given : null)
  })
})
