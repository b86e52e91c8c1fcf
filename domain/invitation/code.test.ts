import { describe, expect, it } from 'vitest'
import { seededRandom } from '../basics/random.ts'
import { CODE_BYTES, INVITATION_OBJECTS, codeFrom, invitationShard, plainCode } from './code.ts'

describe('codes', () => {
  it.each([
    ['7k3m 0qxa-9f2t', '7K3M0QXA9F2T'],
    ['7K3MOQXA9F2T', '7K3M0QXA9F2T'],
    ['Friends–2026', 'FR1ENDS2026'],
    ['  vip_list ', 'V1P11ST'],
    ['größe', 'GRÖSSE'],
    ['abc', null],
    ['x'.repeat(65), null],
    ['drop table;', null],
    ['a\u0000bcd', null],
  ])('[INV6] are the same however they are typed: %j', (typed, plain) => {
    expect(plainCode(typed)).toBe(plain)
  })

  it('[INV6] of ours are three groups of letters that nobody confuses, and survive being typed', () => {
    const random = seededRandom(3)
    const codes = Array.from({ length: 1_000 }, () => codeFrom(random.bytes(CODE_BYTES)))
    expect(new Set(codes).size).toBe(1_000)
    for (const code of codes) {
      expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/)
      expect(plainCode(code.toLowerCase())).toBe(code.replaceAll('-', ''))
    }
  })

  it('[INV6] are spread over all of their judges', () => {
    const shards = Array.from({ length: 8_000 }, (_, i) => invitationShard(`digest ${i}`))
    for (let shard = 0; shard < INVITATION_OBJECTS; shard++) {
      const share = shards.filter((one) => one === shard).length
      expect(share).toBeGreaterThan(850)
      expect(share).toBeLessThan(1_150)
    }
  })
})
