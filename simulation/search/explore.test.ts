/** The searcher itself, on models small enough to search by hand. */
import { describe, expect, it } from 'vitest'
import { explore, type Model, type Step } from './explore.ts'

const BOUNDS = { statesMost: 10_000 }

/** Two jugs of three and five litres; whoever measures four litres has broken the promise. */
interface Jugs {
  three: number
  five: number
}

const jugs: Model<Jugs> = {
  initial: { three: 0, five: 0 },
  keyOf: ({ three, five }) => `${three} ${five}`,
  steps: ({ three, five }) => {
    const intoFive = Math.min(three, 5 - five)
    const intoThree = Math.min(five, 3 - three)
    return [
      { what: 'fill three', to: { three: 3, five } },
      { what: 'fill five', to: { three, five: 5 } },
      { what: 'empty three', to: { three: 0, five } },
      { what: 'empty five', to: { three, five: 0 } },
      { what: 'three into five', to: { three: three - intoFive, five: five + intoFive } },
      { what: 'five into three', to: { three: three + intoThree, five: five - intoThree } },
    ]
  },
  broken: ({ five }) => (five === 4 ? 'four litres' : null),
  hopes: {},
}

/** Two people at a table with two forks; each takes one, then the other, eats, and lays both down. */
type Forks = readonly [left: number, right: number]

function philosophers(second: 'same order' | 'other order'): Model<Forks> {
  const order: Forks[] = [[0, 1], second === 'same order' ? [0, 1] : [1, 0]]
  const holder = (forks: Forks, fork: number): number => forks[fork]!
  const take = (forks: Forks, fork: number, who: number): Forks => (fork === 0 ? [who, forks[1]] : [forks[0], who])
  return {
    initial: [0, 0],
    keyOf: (forks) => forks.join(),
    *steps(forks): Generator<Step<Forks>> {
      for (const [i, [first, then]] of order.entries()) {
        const who = i + 1
        if (holder(forks, first) === 0) yield { what: `${who} takes fork ${first}`, to: take(forks, first, who) }
        else if (holder(forks, first) === who && holder(forks, then) === 0) {
          yield { what: `${who} takes fork ${then}`, to: take(forks, then, who) }
        } else if (holder(forks, first) === who && holder(forks, then) === who) {
          yield { what: `${who} eats`, to: [0, 0] }
        }
      }
    },
    broken: () => null,
    hopes: { 'the first eats': ([left, right]) => left === 1 && right === 1 },
  }
}

describe('a search', () => {
  it('[SRC1] finds a broken promise by a shortest way, and tells it', () => {
    expect(explore(jugs, BOUNDS)).toMatchObject({
      complete: false,
      failure: {
        kind: 'broken',
        what: 'four litres',
        story: ['fill five', 'five into three', 'empty three', 'five into three', 'fill five', 'five into three'],
      },
    })
  })

  it('[SRC1] sees every state once, and no other', () => {
    const found = explore({ ...jugs, broken: () => null }, BOUNDS)
    // Reachable are the amounts with one jug full or empty: 2 * 6 + 2 * 4 - 4.
    expect(found).toMatchObject({ states: 16, transitions: 96, complete: true, failure: null })
  })

  it('[SRC2] finds a deadlock, by a shortest way', () => {
    expect(explore(philosophers('other order'), BOUNDS).failure).toEqual({
      kind: 'hopeless',
      what: 'never again: the first eats, and nothing can happen any more',
      story: ['1 takes fork 0', '2 takes fork 1'],
    })
    expect(explore(philosophers('same order'), BOUNDS).failure).toBeNull()
  })

  it('[SRC2] finds what runs in circles and never comes to what we hope for', () => {
    const turnstile: Model<number> = {
      initial: 0,
      keyOf: String,
      steps: (n) =>
        n === 0
          ? [
              { what: 'in', to: 1 },
              { what: 'home', to: 9 },
            ]
          : n === 9
            ? []
            : [{ what: 'round', to: 3 - n }],
      broken: () => null,
      hopes: { home: (n) => n === 9 },
    }
    expect(explore(turnstile, BOUNDS).failure).toEqual({ kind: 'hopeless', what: 'never again: home', story: ['in'] })
  })

  it('[SRC2] does not count on a fault to help', () => {
    const stuck: Model<number> = {
      initial: 0,
      keyOf: String,
      steps: (n) => (n === 0 ? [{ what: 'a restart', to: 1, fault: true }] : []),
      broken: () => null,
      hopes: { home: (n) => n === 1 },
    }
    expect(explore(stuck, BOUNDS).failure).toMatchObject({ kind: 'hopeless', story: [] })
  })

  it('[SRC3] says so when it has not seen everything', () => {
    const endless: Model<number> = {
      initial: 0,
      keyOf: String,
      steps: (n) => [{ what: 'on', to: n + 1 }],
      broken: () => null,
      hopes: { home: () => false },
    }
    expect(explore(endless, { statesMost: 50 })).toMatchObject({ states: 51, complete: false, failure: null })
  })
})
