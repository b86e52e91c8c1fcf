/** One stampede against a running shop: goods, crowd, weather, and what the owners of stock and money say afterwards. */
import { Operator } from '../../blackbox/operator.ts'
import type { Shop } from '../../local/runner/shop.ts'
import { sendCrowd } from '../crowd-process.ts'
import { diceOf } from '../dice.ts'
import { readPaper } from '../paper.ts'
import { spreadOf, type Spread } from '../spread.ts'
import type { Job, Seen } from './crowd.ts'
import type { Charge, History } from './history.ts'
import { demandOf, gather, SIDE_SHARE, UNITS_PER_VISITOR_MAX } from './people.ts'
import { judge, type Violation } from './verdict.ts'
import { storm } from './weather.ts'

/** As an operator writes it. */
export interface RoomTerms {
  inside_max: number
  admissions_per_minute: number
  pass_duration_ms: number
}

export interface Terms {
  buyers: number
  units: number
  clients: number
  /** Of the stock tree, for the SKU that everybody wants; 0: its owner sells alone. */
  leaves: number
  /** Null: no waiting room. */
  room: RoomTerms | null
  seed: number
  aborts: boolean
  /** After the opening; then everybody goes home, whatever is left. */
  patienceMs?: number
}

export interface Outcome {
  seed: number
  violations: Violation[]
  tookMs: number
  goneAfterMs: number | null
  asked: number
  holds: number
  refusals: number
  busy: number
  sold: number
  aborted: number
  perSecond: number
  hold: Spread
  refusal: Spread
}

/** Until everybody is told of the drop, and the early ones have come. */
const OPENS_IN_MS = 2_500
/** The shortest there is: what the vanished took comes back within the run. */
const HOLD_DURATION_MS = 10_000
const PATIENCE_MS = 150_000

/** Stampedes on one shop, one after the other; it keeps what is known from those before. */
export class Stampedes {
  readonly #shop: Shop
  readonly #operator: Operator
  readonly #name: string
  /** What belongs to runs that are over: their objects' names contain it. */
  readonly #past: string[] = []
  readonly #charged = new Set<string>()
  #runs = 0

  /** @param name of these runs' drops and SKUs; two series on one shop need two. */
  constructor(shop: Shop, name = 'stampede') {
    this.#shop = shop
    this.#name = name
    this.#operator = new Operator(shop.url, shop.operatorKey)
  }

  async run(terms: Terms): Promise<Outcome> {
    const mark = `${this.#name}-${++this.#runs}`
    const skus = { main: `${mark}-main`.toUpperCase(), side: `${mark}-side`.toUpperCase() }
    const side = Math.round(terms.units * SIDE_SHARE)
    const supply = { [skus.main]: terms.units - side, [skus.side]: side }
    for (const [sku, units] of Object.entries(supply)) await this.#operator.offers(sku, units)
    await this.#charges() // whatever was charged before is not of this run
    const opensAt = Date.now() + OPENS_IN_MS
    const drop = await this.#plans(mark, opensAt, Object.keys(supply), terms)
    const people = gather({ seed: terms.seed, buyers: terms.buyers, skus, room: terms.room !== null })
    const weather = terms.aborts ? storm(this.#shop, diceOf(terms.seed), this.#past) : null
    const seen = await sendCrowd<Seen>('rehearsal/stampede/crowd.ts', {
      ...{ url: this.#shop.url, operatorKey: this.#shop.operatorKey, drop: mark, skus: Object.keys(supply), people },
      ...{ clients: terms.clients, opensAt, hasRoom: terms.room !== null },
      patienceMs: terms.patienceMs ?? PATIENCE_MS,
    } satisfies Job).finally(() => weather?.calm())
    const history: History = {
      paper: await readPaper(this.#shop.url),
      ...{ supply, demand: demandOf(people), unitsPerVisitorMax: UNITS_PER_VISITOR_MAX },
      ...{ exchanges: seen.exchanges, samples: seen.samples, orders: seen.orders },
      charges: await this.#charges(),
      differences: await this.#differences(Object.keys(supply)),
      nows: seen.nows,
      room: terms.room && {
        ...{ insideMax: terms.room.inside_max, admissionsPerMinute: terms.room.admissions_per_minute },
        passes: seen.passes,
      },
    }
    this.#past.push(...Object.keys(supply), drop)
    return told(terms, seen, judge(history), (await weather?.calm()) ?? 0)
  }

  async #plans(slug: string, opensAt: number, skus: string[], { leaves, room, buyers }: Terms): Promise<string> {
    const { id } = await this.#operator.asks('POST', '/drops', {
      ...{ slug, title: slug, opens_at: new Date(opensAt).toISOString(), skus },
      ...{ units_per_visitor_max: UNITS_PER_VISITOR_MAX, hold_duration_ms: HOLD_DURATION_MS },
      ...(leaves > 0 && { leaves }),
      ...(room && { expected_buyers: buyers, room }),
    })
    return String(id)
  }

  /** What the provider's books say of orders that were not in them the last time. */
  async #charges(): Promise<Charge[]> {
    const response = await fetch(`${this.#shop.stripeUrl}/control/ledger`)
    const { intents } = await response.json<{
      intents: { captures: number; captured: number; refunded: number; metadata: Record<string, string> }[]
    }>()
    const sums = new Map<string, Charge>()
    for (const { captures, captured, refunded, metadata } of intents) {
      const orderId = metadata['order_id'] ?? 'an intent without an order'
      const sum = sums.get(orderId) ?? { orderId, captures: 0, captured: 0, refunded: 0 }
      sum.captures += captures
      sum.captured += captured
      sum.refunded += refunded
      sums.set(orderId, sum)
    }
    const fresh = [...sums.values()].filter(({ orderId }) => !this.#charged.has(orderId))
    for (const { orderId } of fresh) this.#charged.add(orderId)
    return fresh
  }

  /** SKU by SKU, which is all of this run; the books' money comes with each. */
  async #differences(skus: readonly string[]): Promise<unknown[]> {
    const found: unknown[] = []
    for (const sku of skus) {
      const proof = await this.#operator.asks('GET', `/proof?sku=${encodeURIComponent(sku)}`)
      found.push(...(proof['differences'] as unknown[]))
    }
    return found
  }
}

function told({ seed }: Terms, seen: Seen, violations: Violation[], aborted: number): Outcome {
  const { exchanges, orders, tookMs, goneAfterMs } = seen
  const latency = ({ sentAt, answeredAt }: (typeof exchanges)[number]): number => answeredAt - sentAt
  const asked = exchanges.filter(({ route }) => route === 'POST /api/v1/holds')
  const refused = asked.filter(({ status }) => status === 409)
  const held = asked.filter(({ status }) => status === 201)
  const paid = orders.filter(({ status }) => status === 'paid').flatMap(({ lines }) => lines)
  return {
    ...{ seed, violations, tookMs, goneAfterMs, aborted },
    asked: exchanges.length,
    holds: held.length,
    refusals: refused.length,
    busy: exchanges.filter(({ status }) => status === 503).length,
    sold: paid.reduce((sum, { quantity }) => sum + quantity, 0),
    perSecond: exchanges.length / (tookMs / 1000),
    hold: spreadOf(held.map(latency)),
    refusal: spreadOf(refused.map(latency)),
  }
}
