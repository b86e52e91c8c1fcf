import { describe, expect, it } from 'vitest'
import { newId } from '../domain/basics/ids.ts'
import { seededRandom } from '../domain/basics/random.ts'
import { changedByChance } from './testing.ts'
import { passToken, verifiedPass, type PassContent } from './passes.ts'
import { base64url, mac } from './signing.ts'

const NOON = 1_800_000_000_000
const dice = seededRandom(42)
const keys = { SIGNING_KEY: 'a-key-of-thirty-two-bytes-or-more-for-the-tests' }
const ana = { storeId: 'store_a', visitorId: newId('vis', NOON, dice) }
const pass: PassContent = {
  passId: newId('pas', NOON, dice),
  dropId: newId('drp', NOON, dice),
  issuedAt: NOON,
  expiresAt: NOON + 60_000,
}

describe('a pass', () => {
  it('[PAS1] says what it was given for, to its visitor in its store, until its end', async () => {
    const token = await passToken(keys, ana, pass)
    expect(await verifiedPass(keys, ana, token, NOON)).toEqual(pass)
    expect(await verifiedPass(keys, ana, token, NOON + 59_999)).toEqual(pass)
    expect(await verifiedPass(keys, ana, token, NOON + 60_000)).toBeNull()
    expect(await verifiedPass(keys, { ...ana, visitorId: newId('vis', NOON, dice) }, token, NOON)).toBeNull()
    expect(await verifiedPass(keys, { ...ana, storeId: 'store_b' }, token, NOON)).toBeNull()
  })

  it('[PAS1] reads the same each time it is asked for, and fits into a header and a cookie', async () => {
    const token = await passToken(keys, ana, pass)
    expect(await passToken(keys, ana, { ...pass })).toBe(token)
    expect(token).toMatch(/^[A-Za-z0-9._-]{100,180}$/)
  })

  it('[PAS2] is none after any of ten thousand changes', async () => {
    const token = await passToken(keys, ana, pass)
    for (const changed of changedByChance(token, dice, 10_000)) {
      expect(await verifiedPass(keys, ana, changed, NOON), changed).toBeNull()
    }
  })

  it('[PAS2] cannot be made of its parts: not a longer life, another drop, or another spelling of the signature', async () => {
    const parts = (await passToken(keys, ana, pass)).split('.')
    const other = (await passToken(keys, ana, { ...pass, dropId: newId('drp', NOON, dice) })).split('.')
    const changed = (i: number, value: string) => parts.map((part, at) => (at === i ? value : part)).join('.')
    const signature = parts[6]!
    const last = signature.at(-1)!
    const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    // The last letter carries four bits; three other letters decode to the same bytes.
    const twin = LETTERS[LETTERS.indexOf(last) ^ 1]!
    for (const forged of [
      changed(5, (NOON + 600_000).toString(36)),
      changed(3, other[3]!),
      changed(6, other[6]!),
      changed(6, signature.slice(0, -1) + twin),
      changed(6, ''),
      changed(0, 'v0'),
      changed(0, 'none'),
    ]) {
      expect(await verifiedPass(keys, ana, forged, NOON), forged).toBeNull()
    }
  })

  it('[PAS2] cannot be had from a signature that was made for something else', async () => {
    const parts = (await passToken(keys, ana, pass)).split('.')
    const text = parts.slice(0, 6).join('.')
    for (const other of [text, `visitor\n${ana.storeId}\n${ana.visitorId}\n${text}`, `order\n${text}`]) {
      const forged = `${text}.${base64url(await mac(keys.SIGNING_KEY, other))}`
      expect(await verifiedPass(keys, ana, forged, NOON)).toBeNull()
    }
  })

  it('[PAS4] outlives the rotation of its key, and not the removal', async () => {
    const token = await passToken(keys, ana, pass)
    const rotated = {
      SIGNING_KEY: 'the-next-key-just-as-long-as-the-first-one',
      RETIRED_SIGNING_KEYS: keys.SIGNING_KEY,
    }
    expect(await verifiedPass(rotated, ana, token, NOON)).toEqual(pass)
    expect(await verifiedPass({ SIGNING_KEY: rotated.SIGNING_KEY }, ana, token, NOON)).toBeNull()
    expect(await passToken(rotated, ana, pass)).not.toBe(token)
  })

  it.each([
    '',
    '.',
    'v1',
    'v1......',
    'a'.repeat(100_000),
    '😀',
    `v1.${'0'.repeat(8)}.pas_.x.0.0.${'A'.repeat(43)}`,
    '\0',
  ])('[PAS5] is not %j, and nothing is thrown', async (garbage) => {
    expect(await verifiedPass(keys, ana, garbage, NOON)).toBeNull()
  })
})
