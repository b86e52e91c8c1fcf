/**
 * One seed: a whole on-sale with its weather, then healing, then rest. `live` answers what was seen; a violation
 * carries the step at which it happened and the last lines of the story.
 */
import { money } from '../domain/basics/money.ts'
import type { OfferedDrop } from '../domain/message/stock-desk.ts'
import { Checks } from './checkers/checks.ts'
import { expectAllInOrder, isAtRest } from './checkers/comes-to-rest.ts'
import { SANE, type Mutant } from './mutants/mutant.ts'
import { Shop, STORE } from './shop.ts'
import { HABITS, HABITS_AT_THE_TAIL } from './visitors/habits.ts'
import { Operator } from './visitors/operator.ts'
import { Visitor } from './visitors/visitor.ts'
import { drawWeather, isCalm, isStill } from './weather.ts'
import { World } from './world.ts'

const WEATHER_LASTS_MS = 30 * 60_000
const REST_WITHIN_MS = 30 * 3600_000
const TICK_MS = 10_000
const GATHERED_WITHIN_MS = 10 * 60_000
/** Far more than any seed has needed; a world that goes on longer goes in circles. */
const STEPS_MOST = 100_000

export interface Life {
  seed: number
  steps: number
  simulatedMs: number
  fingerprint: number
  reached: ReadonlyMap<string, number>
  failure: { rule: string; what: string; step: number; lines: readonly string[] } | null
}

export function live(seed: number, mutant: Mutant = SANE): Life {
  const world = new World(seed)
  const mend = mutant.breakTable()
  const bornAt = world.clock.now()
  let failure: Life['failure'] = null
  try {
    liveThrough(world, mutant)
  } catch (fault) {
    failure = failureOf(fault, world)
  } finally {
    mend()
  }
  const { steps, fingerprint, reached } = world
  return { seed, steps, simulatedMs: world.clock.now() - bornAt, fingerprint, reached, failure }
}

function liveThrough(world: World, mutant: Mutant): void {
  const weather = drawWeather(world)
  const air = { calm: isCalm(weather), still: isStill(weather) }
  const checks = new Checks(world, air)
  const shop = new Shop(world, weather, checks, mutant)
  checks.watch(shop)
  const operator = open(shop, checks)
  const healsAt = world.clock.now() + WEATHER_LASTS_MS
  run(
    world,
    healsAt,
    () => false,
    () => checks.clockTicked(air),
  )
  world.healed = true
  run(
    world,
    healsAt + REST_WITHIN_MS,
    () => isAtRest(shop),
    () => checks.clockTicked({ calm: false, still: false }),
  )
  expectAllInOrder(shop)
  operator.expectAdjustmentsToAddUp()
  operator.wantsAllThatIsFree()
  run(
    world,
    world.clock.now() + GATHERED_WITHIN_MS,
    () => false,
    () => {},
  )
  operator.expectToHaveGotIt()
}

/** Lets things happen until an instant, or until `done`, looked at every ten seconds of the world. */
function run(world: World, until: number, done: () => boolean, tick: () => void): void {
  let nextTick = world.clock.now() + TICK_MS
  while (world.clock.now() < until && world.steps < STEPS_MOST && world.step()) {
    if (world.clock.now() < nextTick) continue
    nextTick = world.clock.now() + TICK_MS
    tick()
    if (done()) return
  }
}

function open(shop: Shop, checks: Checks): Operator {
  const { world } = shop
  for (let i = world.between(1, 3); i > 0; i--) shop.offers(offerOf(`SKU-${i}`, world), world.between(1, 10))
  const isTail = world.dice.fraction() < 0.3
  const crowd = isTail ? world.between(6, 20) : world.between(2, 14)
  for (let i = 0; i < crowd; i++) {
    const visitor = new Visitor(`vis_${world.seed}_${i}`, shop, checks, isTail ? HABITS_AT_THE_TAIL : HABITS)
    // Most come in the first seconds; that is what makes it an on-sale.
    world.later(world.oneOf([0, 500, 3_000, 600_000]) * world.dice.fraction(), () => visitor.comes())
  }
  const operator = new Operator(shop)
  for (let i = world.between(0, 6); i > 0; i--) world.later(world.between(0, WEATHER_LASTS_MS), () => operator.acts())
  for (let i = world.oneOf([0, 0, 1, 2]); i > 0; i--) world.later(world.between(0, 20_000), () => operator.addsLeaves())
  return operator
}

const offerOf = (sku: string, world: World) => ({
  sku,
  storeId: STORE,
  version: 1,
  productId: 'prd_1',
  variantId: 'var_1',
  productSlug: sku.toLowerCase(),
  productTitle: sku,
  variantTitle: '',
  price: money(world.between(1, 9_999), 'EUR'),
  forSale: true,
  unitsPerVisitorMax: world.between(1, 4),
  holdDurationMs: world.oneOf([60_000, 480_000]),
  drop: dropOf(world),
})

/** A drop that has opened; most are planned for a crowd, and their SKUs are sold by leaves. */
function dropOf(world: World): OfferedDrop | null {
  const leaves = world.oneOf([null, 0, 2, 2, 3])
  if (leaves === null) return null
  return { id: 'drp_1', slug: 'drop', opensAt: 0, endsAt: null, paused: false, leaves }
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
