/** What every store of invitations promises, said through its keeper: over Maps in Node, over SQLite in workerd. */
import { describe, expect, it } from 'vitest'
import type { InvitationBatch, Redeeming } from '../message/invitation-desk.ts'
import { WRONG_CODES_MAX_ADDRESS, WRONG_CODES_MAX_VISITOR, WRONG_CODES_WINDOW_MS } from './invitation.ts'
import { InvitationKeeper, type InvitationStore } from './keeper.ts'

const NOON = Date.UTC(2026, 10, 20, 12)
const OPEN = NOON + 60_000

const batch = (changes: Partial<InvitationBatch> = {}): InvitationBatch => ({
  ...{ storeId: 'store_test', dropId: 'drp_1', id: 'inv_1', version: 1, opensAt: OPEN, endsAt: OPEN + 60_000 },
  ...{ usesMax: 1, codes: [{ digest: 'a', isRevoked: false }] },
  ...changes,
})
const by = (visitorId: string, digest = 'a', address = `ip of ${visitorId}`): Redeeming => ({
  digest,
  visitorId,
  address,
})
const worth = { batchId: 'inv_1', opensAt: OPEN, endsAt: OPEN + 60_000 }

/** `over` runs a test over a new store, and waits for it. */
export function describeInvitationStore(
  where: string,
  over: (test: (store: InvitationStore) => void) => Promise<void> | void,
): void {
  describe(`invitations ${where}`, () => {
    let now: number
    let keeper: InvitationKeeper
    const code = (asked: Redeeming): string => {
      const decision = keeper.redeem(asked)
      return decision.ok ? 'yes' : decision.refusal.code
    }
    const inStore = (test: () => void) => () =>
      over((store) => {
        now = NOON
        keeper = new InvitationKeeper(store, { now: () => now })
        test()
      })

    it(
      '[INV2] belong to the first visitor, who may ask again, and to nobody else',
      inStore(() => {
        keeper.describe(batch())
        expect(keeper.redeem(by('ana'))).toEqual({ ok: true, value: worth })
        expect(keeper.redeem(by('ana'))).toEqual({ ok: true, value: worth })
        expect(keeper.redeem(by('bob'))).toEqual({ ok: false, refusal: { code: 'invitation_used_up', usesMax: 1 } })
        expect(keeper.uses('inv_1')).toBe(1)
      }),
    )

    it(
      '[INV2] of many uses belong to so many visitors',
      inStore(() => {
        keeper.describe(batch({ usesMax: 2 }))
        expect(['ana', 'bob', 'ana', 'cid'].map((visitor) => code(by(visitor)))).toEqual([
          ...['yes', 'yes', 'yes', 'invitation_used_up'],
        ])
        expect(keeper.uses('inv_1')).toBe(2)
      }),
    )

    it(
      '[INV3] that were revoked are worth nothing any more, also to those who have redeemed them',
      inStore(() => {
        keeper.describe(batch({ usesMax: 9 }))
        keeper.redeem(by('ana'))
        expect(keeper.standing('a', 'ana')).toEqual(worth)
        keeper.describe(batch({ usesMax: 9, version: 2, codes: [{ digest: 'a', isRevoked: true }] }))
        expect(keeper.standing('a', 'ana')).toBeNull()
        expect(['ana', 'bob'].map((visitor) => code(by(visitor)))).toEqual([
          ...['invitation_not_valid', 'invitation_not_valid'],
        ])
      }),
    )

    it(
      '[INV3] hear the newest of their batch only, and keep their uses',
      inStore(() => {
        keeper.describe(batch({ version: 3, opensAt: OPEN + 1 }))
        keeper.redeem(by('ana'))
        keeper.describe(batch({ version: 2, codes: [{ digest: 'b', isRevoked: false }] }))
        keeper.describe(batch({ version: 3, opensAt: 0 }))
        expect(keeper.standing('a', 'ana')).toEqual({ ...worth, opensAt: OPEN + 1 })
        expect(code(by('ana', 'b'))).toBe('invitation_not_valid')
        keeper.describe(batch({ version: 4 }))
        expect(code(by('bob'))).toBe('invitation_used_up')
      }),
    )

    it(
      '[INV4] are over with their window, to the millisecond',
      inStore(() => {
        keeper.describe(batch({ usesMax: 9 }))
        now = OPEN + 59_999
        expect(code(by('ana'))).toBe('yes')
        now = OPEN + 60_000
        expect(keeper.standing('a', 'ana')).toBeNull()
        expect(keeper.redeem(by('bob'))).toEqual({
          ok: false,
          refusal: { code: 'invitation_has_ended', endedAt: OPEN + 60_000 },
        })
      }),
    )

    it(
      '[INV9] may open with the drop, whenever that is',
      inStore(() => {
        keeper.describe(batch({ opensAt: null, endsAt: null }))
        expect(keeper.redeem(by('ana'))).toEqual({ ok: true, value: { batchId: 'inv_1', opensAt: null, endsAt: null } })
        keeper.describe(batch({ version: 2, opensAt: 0 }))
        expect(keeper.standing('a', 'ana')).toMatchObject({ opensAt: 0 })
      }),
    )

    it(
      '[INV5] take no more from whoever has guessed too often, not even a right one',
      inStore(() => {
        keeper.describe(batch({ usesMax: 9, endsAt: null }))
        for (let i = 0; i < WRONG_CODES_MAX_VISITOR; i++) {
          now += 1
          expect(code(by('bot', `guess ${i}`))).toBe('invitation_not_valid')
        }
        const waits = { code: 'too_many_wrong_codes', retryInMs: WRONG_CODES_WINDOW_MS - WRONG_CODES_MAX_VISITOR + 1 }
        expect(keeper.redeem(by('bot'))).toEqual({ ok: false, refusal: waits })
        expect(code(by('ana'))).toBe('yes')
        now = NOON + 1 + WRONG_CODES_WINDOW_MS
        expect(code(by('bot'))).toBe('yes')
      }),
    )

    it(
      '[INV5] count those who come from one address together, and leave alone who has redeemed',
      inStore(() => {
        keeper.describe(batch({ usesMax: 9 }))
        expect(code(by('ana', 'a', 'home'))).toBe('yes')
        const guesses = Array.from({ length: WRONG_CODES_MAX_ADDRESS + 1 }, (_, i) => code(by(`bot ${i}`, 'x', 'home')))
        expect(guesses.at(-2)).toBe('invitation_not_valid')
        expect(guesses.at(-1)).toBe('too_many_wrong_codes')
        expect(code(by('bob', 'a', 'home'))).toBe('too_many_wrong_codes')
        expect(code(by('ana', 'a', 'home'))).toBe('yes')
      }),
    )
  })
}
