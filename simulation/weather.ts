/**
 * The weather of one seed: which kinds of fault strike, and how often. Each kind is switched off in half of the seeds
 * (swarm testing, Groce et al. 2012), because faults that always come together hide what each does alone.
 */
import type { World } from './world.ts'

export interface Weather {
  /** Shares of messages between objects: lost on the way, answered but the answer lost, arriving twice. */
  requestLost: number
  answerLost: number
  messageTwice: number
  slowestMs: number
  /** Share of events after which an object is evicted, forgetting all but its rows. */
  evicted: number
  /** Share of turns that crash before they commit. */
  crashed: number
  alarmLost: number
  /** Queue messages. */
  queueLost: number
  queueTwice: number
  /** The payment provider. */
  paymentRefused: number
  paymentTimesOutAfterEffect: number
  paymentTimesOutBeforeEffect: number
  webhookLost: number
  webhookTwice: number
  webhookSlowestMs: number
  /** Away from an instant on, for a while: the database, the mail, the provider. */
  databaseAway: boolean
  mailAway: boolean
  providerAway: boolean
}

/** Draws the weather from the seed's dice. In a share of the seeds only what is rented may fail. */
export function drawWeather(world: World, shareFine = 0.25): Weather {
  const share = (most: number): number => (world.dice.fraction() < 0.5 ? 0 : world.dice.fraction() * most)
  const happens = (): boolean => world.dice.fraction() < 0.3
  // Where it is fine we look to the second, and most closely.
  const isFine = world.dice.fraction() < shareFine
  const home = (most: number): number => (isFine ? 0 : share(most))
  return {
    requestLost: home(0.3),
    answerLost: home(0.3),
    messageTwice: home(0.3),
    slowestMs: isFine ? world.oneOf([5, 50]) : world.oneOf([5, 50, 2_000, 20_000]),
    // More, and the words of leaves that wake would keep evicting them: such storms only ever end at the limit of steps.
    evicted: home(0.05),
    crashed: home(0.05),
    alarmLost: home(0.5),
    queueLost: share(0.5),
    queueTwice: share(0.5),
    paymentRefused: share(0.5),
    paymentTimesOutAfterEffect: share(0.4),
    paymentTimesOutBeforeEffect: share(0.3),
    webhookLost: share(0.9),
    webhookTwice: share(0.5),
    webhookSlowestMs: world.oneOf([10, 5_000, 3_600_000]),
    databaseAway: happens(),
    mailAway: happens(),
    providerAway: happens(),
  }
}

/** Nothing strikes an object or its alarm: then holds come back on time, to the second. */
export const isCalm = ({ evicted, crashed, alarmLost }: Weather): boolean =>
  evicted === 0 && crashed === 0 && alarmLost === 0

/** No call is lost, doubled or slow. */
export const isStill = ({ requestLost, answerLost, messageTwice, slowestMs }: Weather): boolean =>
  requestLost === 0 && answerLost === 0 && messageTwice === 0 && slowestMs <= 50
