import { expect, it } from 'vitest'
import { untilTold } from './until-told.ts'

/** An outbox of which each turn of the clock leaves so many rows; the last number stays. */
function clock(...leaves: number[]) {
  let turns = 0
  return {
    telling: {
      turn: async () => void turns++,
      untold: async () => leaves[Math.min(turns, leaves.length) - 1] ?? 0,
      pause: async () => undefined,
    },
    turns: () => turns,
  }
}

it('[RUN16] has the clock turn again until every object has heard of its terms', async () => {
  const cut = clock(264, 3, 0)
  expect(await untilTold(cut.telling)).toBe(0)
  expect(cut.turns()).toBe(3)
})

it('[RUN16] turns once where that is enough', async () => {
  const quiet = clock(0)
  await untilTold(quiet.telling)
  expect(quiet.turns()).toBe(1)
})

it('[RUN16] leaves to the clock what it cannot tell in a few turns', async () => {
  const away = clock(7)
  expect(await untilTold(away.telling)).toBe(7)
  expect(away.turns()).toBe(5)
})
