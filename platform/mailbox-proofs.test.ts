import { describe, expect, it } from 'vitest'
import { newId } from '../domain/basics/ids.ts'
import { seededRandom } from '../domain/basics/random.ts'
import { changedByChance } from './testing.ts'
import { mailboxProof, provenMailbox } from './mailbox-proofs.ts'
import { passToken } from './passes.ts'
import { base64url, mac } from './signing.ts'

const NOON = 1_800_000_000_000
const dice = seededRandom(7)
const keys = { SIGNING_KEY: 'a-key-of-thirty-two-bytes-or-more-for-the-tests' }
const friday = { storeId: 'store_a', dropId: newId('drp', NOON, dice) }
const proven = { mailbox: '0123456789abcdef0123456789abcdef', expiresAt: NOON + 7_200_000 }
const token = await mailboxProof(keys, friday, proven)

describe('a proof of a mailbox', () => {
  it('[ROM24] says whose letter was read, in its drop and store, until its end', async () => {
    expect(await provenMailbox(keys, friday, token, NOON)).toBe(proven.mailbox)
    expect(await provenMailbox(keys, friday, token, proven.expiresAt - 1)).toBe(proven.mailbox)
    expect(await provenMailbox(keys, friday, token, proven.expiresAt)).toBeNull()
    expect(await provenMailbox(keys, { ...friday, storeId: 'store_b' }, token, NOON)).toBeNull()
    expect(await provenMailbox(keys, { ...friday, dropId: newId('drp', NOON, dice) }, token, NOON)).toBeNull()
  })

  it('[ROM24] is short enough to copy, and fits into a link as it is', async () => {
    expect(token).toMatch(/^[A-Za-z0-9._-]{70,80}$/)
    expect(await mailboxProof(keys, friday, { ...proven })).toBe(token)
  })

  it('[ROM24] is none after any of ten thousand changes', async () => {
    for (const changed of changedByChance(token, dice, 10_000)) {
      expect(await provenMailbox(keys, friday, changed, NOON), changed).toBeNull()
    }
  })

  it('[ROM24] cannot be made of the parts of others, nor of what was signed for something else', async () => {
    const parts = token.split('.')
    const text = parts.slice(0, 4).join('.')
    const changed = (i: number, value: string) => parts.map((part, at) => (at === i ? value : part)).join('.')
    const other = await mailboxProof(keys, friday, { ...proven, mailbox: 'f'.repeat(32) })
    const signed = async (what: string) => `${text}.${base64url((await mac(keys.SIGNING_KEY, what)).subarray(0, 16))}`
    const pass = { passId: newId('pas', NOON, dice), dropId: friday.dropId, issuedAt: NOON, expiresAt: NOON + 60_000 }
    for (const forged of [
      changed(2, other.split('.')[2]!),
      changed(3, (NOON + 99_000_000).toString(36)),
      changed(4, other.split('.')[4]!),
      changed(4, ''),
      changed(0, 'v0'),
      await signed(text),
      await signed(`pass\n${friday.storeId}\n${friday.dropId}\n${text}`),
      await passToken(keys, { storeId: friday.storeId, visitorId: newId('vis', NOON, dice) }, pass),
    ]) {
      expect(await provenMailbox(keys, friday, forged, NOON), forged).toBeNull()
    }
  })

  it('[ROM24] outlives the rotation of its key, and not the removal', async () => {
    const rotated = {
      SIGNING_KEY: 'the-next-key-just-as-long-as-the-first-one',
      RETIRED_SIGNING_KEYS: keys.SIGNING_KEY,
    }
    expect(await provenMailbox(rotated, friday, token, NOON)).toBe(proven.mailbox)
    expect(await provenMailbox({ SIGNING_KEY: rotated.SIGNING_KEY }, friday, token, NOON)).toBeNull()
  })

  it.each(['', '.', 'v1', 'v1....', 'a'.repeat(100_000), '😀', '\0', `${token}\n`, ` ${token}`])(
    '[ROM24] is not %j, and nothing is thrown',
    async (garbage) => {
      expect(await provenMailbox(keys, friday, garbage, NOON)).toBeNull()
    },
  )
})
