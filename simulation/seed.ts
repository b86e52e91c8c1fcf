/**
 * One seed: a whole on-sale with its weather, then healing, then rest. `live` answers what was seen; a violation
 * carries the step at which it happened and the last lines of the story.
 */
import { money } from '../domain/basics/money.ts'
import type { OfferedDrop } from '../domain/message/stock-desk.ts'
import { Checks } from './checkers/checks.ts'
import { expectAllInOrder, isAtRest } from './checkers/comes-to-rest.ts'
import { Violation } from './checkers/violation.ts'
import { livedThrough, type Life } from './life.ts'
import { SANE, type Mutant } from './mutants/mutant.ts'
import { Shop, STORE } from './shop.ts'
import { HABITS, HABITS_AT_THE_TAIL } from './visitors/habits.ts'
import { Operator } from './visitors/operator.ts'
import { Visitor } from './visitors/visitor.ts'
import { drawWeather, isCalm, isStill } from './weather.ts'
import { World } from './world.ts'

const WEATHER_LASTS_MS = 30 * 60_000
const REST_WITHIN_MS = 30 * 3600_000
/** The share of seeds that are the tail of a drop: few units, many people who want the last ones again and again. */
const TAILS = 0.25
const TICK_MS = 10_000
const GATHERED_WITHIN_MS = 10 * 60_000
/** Far more than any seed has needed; a world that goes on longer goes in circles. */
const STEPS_MOST = 100_000
/** What is due and never done rings its alarm for ever. */
const STEPS_PER_INSTANT_MOST = 1_000

export function live(seed: number, mutant: Mutant = SANE): Life {
  const world = new World(seed)
  const mend = mutant.breakTable()
  try {
    return livedThrough(world, () => liveThrough(world, mutant))
  } finally {
    mend()
  }
}

function liveThrough(world: World, mutant: Mutant): void {
  const isTail = world.dice.fraction() < TAILS
  const weather = drawWeather(world, isTail ? 0.5 : 0.25)
  const air = { calm: isCalm(weather), still: isStill(weather) }
  const checks = new Checks(world, air)
  const shop = new Shop(world, weather, checks, mutant)
  checks.watch(shop)
  const operator = open(shop, checks, isTail)
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
  let instant = { at: 0, since: world.steps }
  while (world.clock.now() < until && world.steps < STEPS_MOST && world.step()) {
    if (world.clock.now() > instant.at) instant = { at: world.clock.now(), since: world.steps }
    if (world.steps - instant.since > STEPS_PER_INSTANT_MOST) throw new Violation('SIM2', 'an instant never ends')
    if (world.clock.now() < nextTick) continue
    nextTick = world.clock.now() + TICK_MS
    tick()
    if (done()) return
  }
}

function open(shop: Shop, checks: Checks, isTail: boolean): Operator {
  const { world } = shop
  for (let i = world.between(1, isTail ? 2 : 3); i > 0; i--) {
    shop.offers(offerOf(`SKU-${i}`, world, isTail), world.between(1, isTail ? 20 : 10))
  }
  const [habits, crowd] = isTail ? [HABITS_AT_THE_TAIL, world.between(10, 30)] : [HABITS, world.between(2, 14)]
  // Most come in the first seconds; that is what makes it an on-sale.
  const spans = isTail ? [3_000, 10_000] : [0, 500, 3_000, 600_000]
  const waveMs = isTail ? world.oneOf([0, 2_500]) : 0
  for (let i = 0; i < crowd; i++) {
    const visitor = new Visitor(`vis_${world.seed}_${i}`, shop, checks, habits)
    const wave = shop.books.indexOf(shop.bookOf(visitor.id)) * waveMs
    world.later(wave + world.oneOf(spans) * world.dice.fraction(), () => visitor.comes())
  }
  const operator = new Operator(shop)
  for (let i = world.between(0, 6); i > 0; i--) world.later(world.between(0, WEATHER_LASTS_MS), () => operator.acts())
  if (world.dice.fraction() < 0.3) world.later(world.between(0, 20_000), () => shop.grows())
  for (let i = world.oneOf([0, 0, 1, 2]); i > 0; i--) world.later(world.between(0, 20_000), () => operator.addsLeaves())
  return operator
}

const offerOf = (sku: string, world: World, isTail: boolean) => ({
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
  unitsPerVisitorMax: world.between(isTail ? 3 : 1, 4),
  holdDurationMs: world.oneOf([60_000, 480_000]),
  drop: dropOf(world, isTail),
})

/** A drop that has opened; most are planned for a crowd, and their SKUs are sold by leaves. */
function dropOf(world: World, isTail: boolean): OfferedDrop | null {
  const leaves = world.oneOf(isTail ? [2, 3] : [null, 0, 2, 2, 3])
  if (leaves === null) return null
  return { id: 'drp_1', slug: 'drop', opensAt: 0, endsAt: null, paused: false, leaves }
}
