/** One replay against a running shop. */
import { Operator } from '../../blackbox/operator.ts'
import type { Shop } from '../../local/runner/shop.ts'
import { sendCrowd } from '../crowd-process.ts'
import { readPaper } from '../paper.ts'
import { milliseconds, spreadOf, type Spread } from '../spread.ts'
import type { RoomTerms } from '../stampede/run.ts'
import type { Job } from './crowd.ts'
import type { Plan } from './plans.ts'
import type { Look, Seen, Told } from './seen.ts'
import { allHeldAt, isHeld, judge, type Violation, waitsForNo } from './verdict.ts'

export interface Terms {
  slug: string
  plan: Plan
  connections: number
  leaves: number
  /** Null: no waiting room. */
  room: RoomTerms | null
}

export interface Outcome {
  title: string
  violations: Violation[]
  /** From the opening, ms; null: never. */
  allHeldAt: number | null
  /** By what was asked, from when it was meant to be asked. */
  spreads: [what: string, spread: Spread][]
  lateness: Spread
  /** Most in any one second; null: no waiting room. */
  admissions: { most: number; limit: number } | null
}

/** Until everybody is told of the drop; added to what the plan itself needs before the opening. */
const OPENS_IN_MS = 2_500
const UNITS_PER_VISITOR_MAX = 10
/** From when all is held until everybody in the room knows. */
const ROOM_CLOSES_WITHIN_MS = 2_000
const SECOND_MS = 1_000

export async function replay(shop: Shop, { slug, plan, connections, leaves, room }: Terms): Promise<Outcome> {
  const operator = new Operator(shop.url, shop.operatorKey)
  for (const [sku, units] of plan.supply) await operator.offers(sku, units)
  const earliest = Math.min(0, ...plan.looks.map(({ at }) => at))
  const opensAt = Date.now() + OPENS_IN_MS - earliest
  await operator.asks('POST', '/drops', {
    ...{ slug, title: slug, opens_at: new Date(opensAt).toISOString(), skus: plan.supply.map(([sku]) => sku) },
    units_per_visitor_max: UNITS_PER_VISITOR_MAX,
    ...(leaves > 0 && { leaves }),
    ...(room && { expected_buyers: plan.baskets.length, room }),
  })
  const seen = await sendCrowd<Seen>('rehearsal/replay/crowd.ts', {
    ...{ url: shop.url, drop: slug, opensAt, hasRoom: room !== null },
    ...{ baskets: plan.baskets, looks: plan.looks, connections },
  } satisfies Job)
  const units = plan.supply[0]![1]
  const violations = judge(seen, {
    paper: await readPaper(shop.url),
    ...{ units, heldWithinMs: plan.heldWithinMs },
    toldWithinMs: room ? ROOM_CLOSES_WITHIN_MS : plan.toldWithinMs,
  })
  return {
    ...{ title: plan.title, violations, allHeldAt: allHeldAt(seen.told, units) },
    spreads: spreadsOf(seen, units),
    lateness: spreadOf(seen.lateness),
    admissions: room && { most: mostInASecond(seen.passesAt), limit: room.admissions_per_minute / 60 },
  }
}

function spreadsOf({ told, looks }: Seen, units: number): Outcome['spreads'] {
  const waited = ({ intendedAt, toldAt }: Told): number => toldAt - intendedAt
  const looked = (which: (look: Look) => boolean): Spread =>
    spreadOf(looks.filter(which).map(({ intendedAt, answeredAt }) => answeredAt - intendedAt))
  const early = ({ intendedAt }: Look): boolean => intendedAt < 0
  return [
    ['held', spreadOf(told.filter(isHeld).map(waited))],
    ['told no', spreadOf(told.filter((one) => !isHeld(one)).map(waited))],
    ['told no, from when it was one', spreadOf(waitsForNo(told, units).map(({ waitedMs }) => waitedMs))],
    ['page, before the opening', looked((look) => early(look) && look.what === 'page')],
    ['`now`, before the opening', looked((look) => early(look) && look.what === 'now')],
    ['page, after it', looked((look) => !early(look) && look.what === 'page')],
    ['`now`, after it', looked((look) => !early(look) && look.what === 'now')],
  ]
}

export function mostInASecond(instants: readonly number[]): number {
  const sorted = instants.toSorted((a, b) => a - b)
  let most = 0
  let first = 0
  for (const [i, at] of sorted.entries()) {
    while (at - sorted[first]! >= SECOND_MS) first += 1
    most = Math.max(most, i - first + 1)
  }
  return most
}

/** The outcome in words and a table, for the screen and for docs/benchmarks.md. */
export function written({ title, violations, allHeldAt: at, spreads, lateness, admissions }: Outcome): string {
  const lines = [
    `${title}: ${at === null ? 'not all was held' : `all held after ${(at / 1000).toFixed(2)} s`}.`,
    '',
    '| from when it was meant to be asked | count | p50 / p95 / p99 ms | most ms |',
    '|---|---|---|---|',
    ...spreads
      .filter(([, { count }]) => count > 0)
      .map(([what, spread]) => `| ${what} | ${spread.count} | ${milliseconds(spread)} | ${spread.most.toFixed(0)} |`),
    '',
    `The crowd itself was late by ${milliseconds(lateness)} ms (p50 / p95 / p99); that is in the figures.`,
    ...(admissions
      ? [`At most ${admissions.most} admissions in any second; the pace is ${admissions.limit} a second.`]
      : []),
    violations.length === 0 ? 'Verdict: clean.' : `Verdict: **${countsOf(violations)}**.`,
  ]
  return lines.join('\n')
}

const countsOf = (violations: readonly Violation[]): string =>
  [...Map.groupBy(violations, ({ fault }) => fault)].map(([fault, all]) => `${all.length} × ${fault}`).join(', ')
