import { describe, expect, it } from 'vitest'
import { seededRandom } from '../domain/basics/random.ts'
import { tellEverybody, type Gone } from './telling.ts'

const DONE: Gone = { more: false, failed: 0 }
const AWAY = new Error('the database took too long')

/** A turn in which each go comes to the next of these, and the last for ever. */
async function turn(...goes: (Gone | Error)[]): Promise<{ asked: number; pauses: number[]; said: unknown }> {
  const pauses: number[] = []
  let asked = 0
  const said = await tellEverybody(
    async () => {
      const come = goes[Math.min(asked++, goes.length - 1)]!
      if (come instanceof Error) throw come
      return come
    },
    { pause: async (ms) => void pauses.push(ms), random: seededRandom(1) },
  ).catch((fault: unknown) => fault)
  return { asked, pauses, said }
}

describe('a turn of telling', () => {
  it('[CAT20] goes on while there is more to tell, and waits for nothing', async () => {
    expect(await turn({ more: true, failed: 0 }, { more: true, failed: 0 }, DONE)).toEqual({
      ...{ asked: 3, pauses: [], said: undefined },
    })
  })

  it('[CAT20] goes on a moment after a database that took too long, in the same turn', async () => {
    const { asked, pauses, said } = await turn(AWAY, DONE)
    expect([asked, said]).toEqual([2, undefined])
    expect(pauses[0]).toBeGreaterThanOrEqual(1_000)
  })

  it('[CAT20] goes back to those that could not be told, when they are due again', async () => {
    const { asked, pauses } = await turn({ more: false, failed: 2 }, { more: true, failed: 1 }, DONE)
    expect(asked).toBe(3)
    expect(pauses[0]).toBeGreaterThanOrEqual(1_000)
    expect(pauses[1]).toBeGreaterThanOrEqual(2_000)
  })

  it('[CAT20] leaves what has been away for half a minute to the next turn, and says what was wrong', async () => {
    const away = await turn(AWAY)
    expect([away.asked, away.said]).toEqual([5, AWAY])
    expect(away.pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(30_000)
    expect(await turn({ more: false, failed: 1 })).toMatchObject({ asked: 5, said: undefined })
  })

  it('[CAT20] comes to an end, however much there is', async () => {
    expect((await turn({ more: true, failed: 0 })).asked).toBe(20)
  })
})
