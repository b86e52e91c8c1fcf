/**
 * Calls between objects, with the weather in between: a request or its answer may be lost, and a request may arrive
 * twice. Whoever asks hears an answer or, after a while, that there is none; never which of the two was lost.
 */
import type { Weather } from './weather.ts'
import type { World } from './world.ts'

/** Storage failed or the object was reset before it committed. Everything of that turn is undone. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

export type Reply<Answer> = (answer: Answer | null) => void

const PATIENCE_MS = 15_000

export class Network {
  readonly #world: World
  readonly #weather: Weather

  constructor(world: World, weather: Weather) {
    this.#world = world
    this.#weather = weather
  }

  /** `there` runs at the other end and replies when it can; `done` is called exactly once, with null for no answer. */
  ask<Answer>(there: (reply: Reply<Answer>) => void, done: Reply<Answer>, patienceMs = PATIENCE_MS): void {
    const world = this.#world
    let heard = false
    const hear: Reply<Answer> = (answer) => {
      if (heard) return
      heard = true
      done(answer)
    }
    world.later(patienceMs + 2 * this.#weather.slowestMs, () => hear(null))
    if (world.strikes(this.#weather.messageTwice)) {
      world.sometimes('a request arrived twice')
      world.later(this.#delay(), () => arrive(there, () => {}))
    }
    if (world.strikes(this.#weather.requestLost)) {
      world.sometimes('a request was lost')
      return
    }
    world.later(this.#delay(), () =>
      arrive(there, (answer) => {
        if (world.strikes(this.#weather.answerLost)) {
          world.sometimes('an answer was lost')
          return
        }
        world.later(this.#delay(), () => hear(answer))
      }),
    )
  }

  #delay(): number {
    return this.#world.dice.fraction() * this.#weather.slowestMs
  }
}

function arrive<Answer>(there: (reply: Reply<Answer>) => void, reply: Reply<Answer>): void {
  try {
    there(reply)
  } catch (fault) {
    if (!(fault instanceof Crash)) throw fault
    reply(null)
  }
}
