/** While the crowd is there, objects are aborted at random, as a deploy or a failing machine would. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Shop } from '../../local/runner/shop.ts'
import type { Dice } from '../dice.ts'

const LEAST_MS = 200
const MOST_MS = 1_000

/**
 * Begins at once; `calm` ends it and says how many objects fell. `spared`: objects whose name has one of these in it
 * have nothing to do with this run any more.
 */
export function storm(shop: Shop, dice: Dice, spared: readonly string[]): { calm(): Promise<number> } {
  const over = new AbortController()
  let fallen = 0
  const strike = async (): Promise<void> => {
    for (;;) {
      await wait(dice.between(LEAST_MS, MOST_MS))
      if (over.signal.aborted) return
      const objects = await shop.objects()
      const named = objects.flatMap(({ binding, name }) => (name === null ? [] : [{ binding, name }]))
      const standing = named.filter(({ name }) => !spared.some((mark) => name.includes(mark)))
      // First a kind, then one of it: otherwise whatever there is most of takes all the blows.
      const kinds = [...Map.groupBy(standing, ({ binding }) => binding).values()]
      const kind = kinds[Math.floor(dice.fraction() * kinds.length)]
      const one = kind?.[Math.floor(dice.fraction() * kind.length)]
      if (!one) continue
      await shop.abortObject(one.binding, one.name)
      fallen += 1
    }
  }
  const striking = strike()
  return {
    async calm() {
      over.abort()
      await striking
      return fallen
    },
  }
}
