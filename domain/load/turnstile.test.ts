import { describe, expect, it } from 'vitest'
import { LOOKS_PER_TURN, Turnstile, type Turn } from './turnstile.ts'

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a turnstile', () => {
  /** Somebody comes; answers whether they have their turn. */
  const come = (turnstile: Turnstile, rank: number) => {
    const seen: { turn: Turn | null } = { turn: null }
    void Promise.resolve(turnstile.enter(rank)).then((turn) => (seen.turn = turn))
    return seen
  }

  it('[LOD9] works for a few at once, and lets in the next when one is done', async () => {
    const turnstile = new Turnstile(1, 2)
    const people = [0, 0, 0, 0].map((rank) => come(turnstile, rank))
    await settle()
    expect(people.map(({ turn }) => turn !== null)).toEqual([true, true, false, false])
    expect(turnstile.standing).toBe(2)
    turnstile.leave(people[0]!.turn!)
    turnstile.leave(people[0]!.turn!) // no second time
    await settle()
    expect(people.map(({ turn }) => turn !== null)).toEqual([true, true, true, false])
  })

  it('[LOD9] lets in who matters more before who came earlier', async () => {
    const turnstile = new Turnstile(3, 1)
    const [first, page, hold, order] = [0, 2, 1, 0].map((rank) => come(turnstile, rank))
    await settle()
    const turns: string[] = []
    for (let last = first!.turn!; ;) {
      turnstile.leave(last)
      await settle()
      const next = Object.entries({ page, hold, order }).find(([name, one]) => one!.turn && !turns.includes(name))
      if (!next) break
      turns.push(next[0])
      last = next[1]!.turn!
    }
    expect(turns).toEqual(['order', 'hold', 'page'])
    expect(turnstile.isInUse).toBe(false)
  })

  it('[LOD9] ends a turn after some looks, whatever has become of the work', async () => {
    const turnstile = new Turnstile(1, 1)
    const lost = come(turnstile, 0)
    const next = come(turnstile, 0)
    for (let looks = 1; looks < LOOKS_PER_TURN; looks += 1) turnstile.look()
    await settle()
    expect(next.turn).toBeNull()
    turnstile.look()
    await settle()
    expect(next.turn).not.toBeNull()
    turnstile.leave(lost.turn!) // comes back after all: its turn is somebody else's
    const third = come(turnstile, 0)
    await settle()
    expect(third.turn).toBeNull()
  })
})
