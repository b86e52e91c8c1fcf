/** What a keeper of alerts promises over every store. */
import { describe, expect, it } from 'vitest'
import { AlertKeeper, type AlertStore } from './keeper.ts'
import { look, type Trouble } from './testing.ts'

const MINUTE = 60_000
const ANA = 'ana@shop.example'
const CHAT = 'https://chat.example/hook'

/** `run`: hands a store of its own to a test. */
export function describeAlertStore(name: string, run: (test: (store: AlertStore) => void) => Promise<void>): void {
  describe(`alerts ${name}`, () => {
    const keeping = (test: (keeping: Keeping) => void, receivers = [ANA]) =>
      run((store) => test(keepingIn(store, receivers)))

    it('[ALR5] are told once when they begin and once when they end, however often somebody looks', () =>
      keeping(({ tells }) => {
        expect(tells({ at: 0 })).toEqual([])
        expect(tells({ at: MINUTE, dead: 1 })).toEqual(['began dead_letters'])
        expect(tells({ at: 2 * MINUTE, dead: 1 })).toEqual([])
        expect(tells({ at: 9 * MINUTE, dead: 7 })).toEqual([])
        expect(tells({ at: 10 * MINUTE })).toEqual(['ended dead_letters'])
        expect(tells({ at: 11 * MINUTE })).toEqual([])
        expect(tells({ at: 12 * MINUTE, dead: 1 })).toEqual(['began dead_letters'])
      }))

    it('[ALR5] are one for each lane and each type', () =>
      keeping(({ tells, keeper }) => {
        const waitingSince = { critical: -MINUTE * 2, bulk: -MINUTE * 90 }
        expect(tells({ at: 0, waitingSince })).toEqual(['began queue_age', 'began queue_age'])
        expect(tells({ at: MINUTE, waitingSince: { bulk: waitingSince.bulk } })).toEqual(['ended queue_age'])
        expect(keeper.standing()).toMatchObject([{ rule: 'queue_age', subject: 'bulk', value: 91 * 60, beganAt: 0 }])
      }))

    it('[ALR6] do not end because nobody could see, and silence itself is one after a minute', () =>
      keeping(({ tells, keeper }) => {
        tells({ at: 0, dead: 1 })
        expect(tells({ at: MINUTE, silent: 8 })).toEqual([])
        expect(keeper.standing()).toMatchObject([{ rule: 'dead_letters' }])
        expect(tells({ at: 2 * MINUTE, silent: 8 })).toEqual(['began shards_silent'])
        expect(tells({ at: 3 * MINUTE }).toSorted()).toEqual(['ended dead_letters', 'ended shards_silent'])
      }))

    it('[ALR6] say nothing of a silence that was over within the minute', () =>
      keeping(({ tells }) => {
        expect(tells({ at: 0, silent: 1 })).toEqual([])
        expect(tells({ at: 30_000 })).toEqual([])
        expect(tells({ at: 90_000, silent: 1 })).toEqual([])
      }))

    it('[ALR2] compare a share with a look of ten minutes ago, and with none that lacked a part', () =>
      keeping(({ tells }) => {
        const ended = (succeeded: number, failed: number) => ({ ended: { a: [succeeded, failed] as [number, number] } })
        for (let minute = 0; minute < 9; minute++) expect(tells({ at: minute * MINUTE, ...ended(1000, 0) })).toEqual([])
        tells({ at: 9 * MINUTE, silent: 1 })
        expect(tells({ at: 10 * MINUTE, ...ended(1010, 10) })).toEqual(['began failure_rate'])
        expect(tells({ at: 19 * MINUTE, ...ended(1030, 10) })).toEqual([])
        expect(tells({ at: 21 * MINUTE, ...ended(1030, 10) })).toEqual(['ended failure_rate'])
      }))

    it('[ALR2] compare looks that are not quite ten minutes apart, and ones much farther', () =>
      keeping(({ tells }) => {
        tells({ at: 0, ended: { a: [0, 0] } })
        expect(tells({ at: 9.7 * MINUTE, ended: { a: [0, 30] } })).toEqual(['began failure_rate'])
        expect(tells({ at: 300 * MINUTE, ended: { a: [500, 31] } })).toEqual(['ended failure_rate'])
      }))

    it('[ALR7] are told to each receiver, and kept until they were', () =>
      keeping(
        ({ judges, keeper }) => {
          const [first] = judges({ at: 0, dead: 1 })
          expect(first).toBe(`began dead_letters ${ANA}`)
          keeper.told('dead_letters//began/0', ANA)
          expect(judges({ at: 2 * MINUTE, dead: 1 })).toEqual([`began dead_letters ${CHAT}`])
          keeper.told('dead_letters//began/0', CHAT)
          expect(judges({ at: 4 * MINUTE, dead: 1 })).toEqual([])
        },
        [ANA, CHAT],
      ))

    it('[ALR7] are not told any more after a day', () =>
      keeping(({ judges }) => {
        judges({ at: 0, dead: 1 })
        expect(judges({ at: 24 * 60 * MINUTE, dead: 1 })).toHaveLength(1)
        expect(judges({ at: 24 * 60 * MINUTE + 3 * MINUTE, dead: 1 })).toEqual([])
      }))

    it('[ALR8] are handed to one of two who look at the same time, and to another when that one is lost', () =>
      keeping(({ judges }) => {
        expect(judges({ at: 0, dead: 1 })).toHaveLength(1)
        expect(judges({ at: 0, dead: 1 })).toEqual([])
        expect(judges({ at: 2 * MINUTE - 1, dead: 1 })).toEqual([])
        expect(judges({ at: 2 * MINUTE, dead: 1 })).toHaveLength(1)
      }))

    it('[ALR8] are not judged by a look that was overtaken', () =>
      keeping(({ tells }) => {
        tells({ at: 0 })
        tells({ at: MINUTE, dead: 1 })
        expect(tells({ at: MINUTE - 1 })).toEqual([])
        expect(tells({ at: 2 * MINUTE, dead: 1 })).toEqual([])
      }))
  })
}

type Keeping = ReturnType<typeof keepingIn>

function keepingIn(store: AlertStore, receivers: string[]) {
  const keeper = new AlertKeeper(store)
  const judges = (trouble: Trouble): string[] =>
    keeper.judge(look(trouble), receivers).map(({ notice: { kind, rule }, receiver }) => `${kind} ${rule} ${receiver}`)
  /** The same, and every letter goes out. */
  const tells = (trouble: Trouble): string[] =>
    keeper.judge(look(trouble), receivers).map(({ notice, receiver }) => {
      keeper.told(notice.id, receiver)
      return `${notice.kind} ${notice.rule}`
    })
  return { keeper, judges, tells }
}
