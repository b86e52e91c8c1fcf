import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startChallenge, type ChallengeStandIn } from '../../local/challenge/server.ts'
import { passesChallenge } from './challenge.ts'

let standIn: ChallengeStandIn
let now = 1_800_000_000_000
beforeEach(async () => void (standIn = await startChallenge({ now: () => now })))
afterEach(() => standIn.stop())

const settings = () => ({ CHALLENGE_API_BASE: standIn.url, CHALLENGE_SECRET_KEY: standIn.secretKey })
const passes = (token: string, attempt: string = randomUUID()) =>
  passesChallenge(settings(), { token, ip: '203.0.113.7', attempt })

describe('a bot challenge', () => {
  it('[ROM15] lets a good answer through, and tells the provider where it came from', async () => {
    const token = standIn.newToken()
    expect(await passes(token)).toBe(true)
    expect(standIn.asked()).toEqual([{ response: token, remoteip: '203.0.113.7' }])
  })

  it('[ROM15] refuses an answer that is wrong, made up, spent or too old', async () => {
    expect(await passes(standIn.newToken('bad'))).toBe(false)
    expect(await passes('made up')).toBe(false)
    const spent = standIn.newToken()
    expect([await passes(spent), await passes(spent)]).toEqual([true, false])
    const old = standIn.newToken()
    now += 5 * 60_000
    expect(await passes(old)).toBe(false)
  })

  it('[ROM15] says the same to a repeat of the same request', async () => {
    const [token, attempt] = [standIn.newToken(), randomUUID()]
    expect([await passes(token, attempt), await passes(token, attempt)]).toEqual([true, true])
  })

  it('[ROM15] lets nobody through when the provider cannot be asked or makes no sense', async () => {
    for (const mood of ['down', 'confused'] as const) {
      standIn.setMood(mood)
      await expect(passes(standIn.newToken())).rejects.toThrow('the bot challenge answered')
    }
    const away = { ...settings(), CHALLENGE_API_BASE: 'http://127.0.0.1:1' }
    const answer = { token: 't', ip: 'i', attempt: randomUUID() }
    await expect(passesChallenge(away, answer)).rejects.toThrow('could not be verified')
  })

  it('[ROM15] lets nobody through when this deployment has no key, or a wrong one', async () => {
    const answer = { token: standIn.newToken(), ip: 'i', attempt: randomUUID() }
    await expect(passesChallenge({ CHALLENGE_API_BASE: standIn.url }, answer)).rejects.toThrow('CHALLENGE_SECRET_KEY')
    const wrong = { ...settings(), CHALLENGE_SECRET_KEY: 'wrong' }
    await expect(passesChallenge(wrong, answer)).rejects.toThrow('invalid-input-secret')
  })
})
