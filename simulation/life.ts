/** What is known of a seed when it has been lived. */
import type { World } from './world.ts'

export interface Life {
  seed: number
  steps: number
  simulatedMs: number
  /** A hash of everything that happened: equal for two lives of one seed. */
  fingerprint: number
  /** How often each rare path was reached. */
  reached: ReadonlyMap<string, number>
  /** Null: no promise was broken. `lines` are the last ones of the story. */
  failure: { rule: string; what: string; step: number; lines: readonly string[] } | null
}

/** Lives the world through; whatever is thrown on the way is how it failed. */
export function livedThrough(world: World, live: () => void): Life {
  const bornAt = world.clock.now()
  let failure: Life['failure'] = null
  try {
    live()
  } catch (fault) {
    failure = failureOf(fault, world)
  }
  const { seed, steps, fingerprint, reached } = world
  return { seed, steps, simulatedMs: world.clock.now() - bornAt, fingerprint, reached, failure }
}

function failureOf(fault: unknown, world: World): Life['failure'] {
  const { name, message } = fault instanceof Error ? fault : new Error(String(fault))
  const rule = name === 'Violation' ? message.slice(0, message.indexOf(':')) : name
  return {
    rule,
    what: fault instanceof Error && name !== 'Violation' ? (fault.stack ?? message) : message,
    step: world.steps,
    lines: world.lastLines,
  }
}
