/** A seed's dice, for the crowd: the same seed brings the same people. When they meet is up to the machine. */
import { seededRandom } from '../domain/basics/random.ts'

export interface Dice {
  /** In [0, 1). */
  fraction(): number
  between(least: number, most: number): number
  /** True so many times of one. */
  chance(share: number): boolean
  /** One of them, each by its weight. */
  weighted<Thing>(choices: readonly (readonly [weight: number, thing: Thing])[]): Thing
}

export function diceOf(seed: number): Dice {
  const random = seededRandom(seed)
  const fraction = (): number => random.fraction()
  return {
    fraction,
    between: (least, most) => least + (most - least) * fraction(),
    chance: (share) => fraction() < share,
    weighted(choices) {
      let left = fraction() * choices.reduce((sum, [weight]) => sum + weight, 0)
      return (choices.find(([weight]) => (left -= weight) < 0) ?? choices.at(-1)!)[1]
    },
  }
}
