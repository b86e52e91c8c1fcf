/**
 * The verdict over one stampede, from its history alone. Everything it can find wrong has a name; an empty list is a
 * clean run. It must be able to fail: verdict.test.ts forges a history for each name.
 */
import type { Paper } from '../paper.ts'
import type { Exchange, History, Line, Sample } from './history.ts'

export type Fault =
  /** More units sold, or spoken for, than there were. */
  | 'oversold'
  /** Units left over although twice as many were wanted. */
  | 'unsold'
  /** Someone was told "not that many left" although that many had been free for two seconds. */
  | 'false_sold_out'
  /** An answer that the shop's own documents do not know. */
  | 'undocumented'
  /** A 5xx that is no documented "come back later", or no answer at all. */
  | 'failed'
  /** One key, two effects. */
  | 'done_twice'
  /** One visitor has more than one visitor may have. */
  | 'over_limit'
  /** An accepted order that its buyer cannot see, or that never came to an end. */
  | 'lost_order'
  /** Charged without goods, twice, or another amount than ordered; or goods that nobody paid for. */
  | 'money'
  /** The stock's own figures are not what the buyers have. */
  | 'stock_disagrees'
  /** /admin/proof names a difference. */
  | 'proof'
  /** A hold without a pass, where a pass is needed; or the wrong word to whoever tried. */
  | 'room_skipped'
  /** More people inside, or admitted in a minute, than the room's limit. */
  | 'room_overfull'

export interface Violation {
  fault: Fault
  what: string
}

/** Where at least this many times the supply is wanted, nothing may be left over. */
const DEMAND_TO_SELL_ALL = 2
/** How long units may be free while somebody is told that there are none: reliability.md, P2. */
const FALSE_AFTER_MS = 2_000
/** Samples further apart than this say nothing about the time between them. */
const SAMPLE_GAP_MOST_MS = 1_000
const SETTLED_STATUSES = new Set(['paid', 'payment_failed', 'not_available', 'cancelled'])
const MINUTE_MS = 60_000

export function judge(history: History): Violation[] {
  return [
    ...oversold(history),
    ...unsold(history),
    ...falseSoldOut(history),
    ...undocumented(history),
    ...failed(history),
    ...doneTwice(history),
    ...overLimit(history),
    ...lostOrders(history),
    ...money(history),
    ...stockDisagrees(history),
    ...history.differences.map((difference) => violation('proof', JSON.stringify(difference))),
    ...roomSkipped(history),
    ...roomOverfull(history),
  ]
}

const violation = (fault: Fault, what: string): Violation => ({ fault, what })

// Units

function oversold({ supply, samples, ...history }: History): Violation[] {
  const sold = unitsOf(paid(history).flatMap(({ lines }) => lines))
  const byOrders = Object.keys({ ...supply, ...sold })
    .filter((sku) => (sold[sku] ?? 0) > (supply[sku] ?? 0))
    .map((sku) => violation('oversold', `${sold[sku]} of ${supply[sku] ?? 0} units of ${sku} are paid for`))
  const bySamples = samples
    .filter(({ total, free, held, sold: taken }) => free + held + taken !== total || Math.min(free, held, taken) < 0)
    .map((sample) => violation('oversold', `the stock does not add up: ${JSON.stringify(sample)}`))
  return [...byOrders, ...bySamples]
}

function unsold({ supply, demand, samples }: History): Violation[] {
  return Object.entries(supply)
    .filter(([sku, units]) => (demand[sku] ?? 0) >= DEMAND_TO_SELL_ALL * units)
    .flatMap(([sku, units]) => {
      const sold = lastSample(samples, sku)?.sold ?? 0
      return sold === units ? [] : [violation('unsold', `${sold} of ${units} units of ${sku} are sold in the end`)]
    })
}

/**
 * The owner decided at some instant between question and answer, which we cannot see. So only what is false at every
 * such instant counts: enough units free in each sample from two seconds before the question to the first that was asked
 * for after the answer, since hundreds of units may go between two samples.
 */
function falseSoldOut({ exchanges, samples }: History): Violation[] {
  const bySku = Map.groupBy(samples, ({ sku }) => sku)
  return exchanges.flatMap(({ code, lacking, sentAt, answeredAt, buyer }) => {
    if (code !== 'not_enough_stock' || lacking === null) return []
    const { sku, requested } = lacking
    const around = samplesAround(bySku.get(sku) ?? [], sentAt - FALSE_AFTER_MS, answeredAt)
    if (around === null || around.some(({ free }) => free < requested)) return []
    const least = Math.min(...around.map(({ free }) => free))
    return [
      violation('false_sold_out', `buyer ${buyer} wanted ${requested} of ${sku} while ${least} were free for 2 s`),
    ]
  })
}

/** Those between the two instants and the next on either side; null when they leave a gap that hides something. */
function samplesAround(samples: readonly Sample[], from: number, to: number): Sample[] | null {
  const first = samples.findLastIndex(({ answeredAt }) => answeredAt <= from)
  const last = samples.findIndex(({ askedAt }) => askedAt >= to)
  if (first === -1 || last === -1) return null
  const around = samples.slice(first, last + 1)
  const gapless = around.every((one, i) => i === 0 || one.answeredAt - around[i - 1]!.answeredAt <= SAMPLE_GAP_MOST_MS)
  return gapless ? around : null
}

function stockDisagrees({ supply, samples, ...history }: History): Violation[] {
  const bought = unitsOf(paid(history).flatMap(({ lines }) => lines))
  return Object.keys(supply).flatMap((sku) => {
    const last = lastSample(samples, sku)
    if (!last) return [violation('stock_disagrees', `nobody has seen the stock of ${sku}`)]
    const units = bought[sku] ?? 0
    const wrong = []
    if (last.sold !== units) wrong.push(`${last.sold} of ${sku} are sold, and buyers have paid for ${units}`)
    if (last.held !== 0) wrong.push(`${last.held} of ${sku} are still held when everybody has gone`)
    return wrong.map((what) => violation('stock_disagrees', what))
  })
}

function overLimit({ orders, exchanges, unitsPerVisitorMax }: History): Violation[] {
  const people = Map.groupBy(paid({ orders }), ({ buyer }) => buyer)
  const lots = [...people].flatMap(([buyer, theirs]) =>
    Object.entries(unitsOf(theirs.flatMap(({ lines }) => lines)))
      .filter(([, units]) => units > unitsPerVisitorMax)
      .map(([sku, units]) => violation('over_limit', `buyer ${buyer} has ${units} of ${sku}`)),
  )
  // Who hears of a limit must have come near it: the word alone, to somebody without units, would be a lie.
  const holders = new Set(exchanges.filter(isHold).map(({ buyer }) => buyer))
  const lies = exchanges
    .filter(({ code, buyer }) => code === 'purchase_limit_reached' && !holders.has(buyer))
    .map(({ buyer }) => violation('over_limit', `buyer ${buyer} is told of a limit and has nothing`))
  return [...lots, ...lies]
}

// Answers

export function undocumented({ exchanges, paper }: Pick<History, 'exchanges' | 'paper'>): Violation[] {
  return exchanges.flatMap((exchange) => {
    const wrong = exchange.status === 0 ? null : undocumentedIn(exchange, paper)
    return wrong === null ? [] : [violation('undocumented', `${exchange.route}: ${exchange.status} ${wrong}`)]
  })
}

function undocumentedIn({ route, status, code }: Exchange, { routes, problems }: Paper): string | null {
  if (!routes[route]?.includes(status)) return `${code ?? ''} is no status this route has`.trim()
  if (status < 400) return null
  if (code === null) return 'is no problem with a code'
  if (problems[code] === undefined) return `${code} is no registered problem`
  return problems[code] === status ? null : `${code} is registered as ${problems[code]}`
}

export const failed = ({ exchanges }: Pick<History, 'exchanges'>): Violation[] =>
  exchanges.flatMap(({ status, code, route, retryAfterS, id }) => {
    if (status === 0) return [violation('failed', `${route}: no answer (${id})`)]
    if (status < 500) return []
    if (status === 503 && retryAfterS !== null) return []
    return [violation('failed', `${route}: ${status} ${code ?? ''}${status === 503 ? ' without Retry-After' : ''}`)]
  })

function doneTwice({ exchanges }: History): Violation[] {
  const done = exchanges.filter(({ key, status, id }) => key !== null && id !== null && status >= 200 && status < 300)
  const made = Map.groupBy(done, ({ buyer, route, key }) => `buyer ${buyer}, ${route}, key ${key}`)
  return [...made].flatMap(([who, answers]) => {
    const ids = new Set(answers.map(({ id }) => id))
    return ids.size > 1 ? [violation('done_twice', `${who}: ${[...ids].join(' and ')}`)] : []
  })
}

// Orders and money

const paid = ({ orders }: Pick<History, 'orders'>) => orders.filter(({ status }) => status === 'paid')

function lostOrders({ orders, exchanges }: History): Violation[] {
  const seen = new Set(orders.map(({ id }) => id))
  const accepted = exchanges.filter(({ route, status }) => route === 'POST /api/v1/orders' && status === 202)
  const unseen = new Set(accepted.map(({ id }) => id ?? '').filter((id) => !seen.has(id)))
  return [
    ...[...unseen].map((id) => violation('lost_order', `${id} was accepted and nobody looked at it again`)),
    ...orders
      .filter(({ status }) => status === null || !SETTLED_STATUSES.has(status))
      .map(({ id, status, buyer }) => violation('lost_order', `${id} of buyer ${buyer} is ${status ?? 'not found'}`)),
  ]
}

function money({ orders, charges }: History): Violation[] {
  const byOrder = new Map(charges.map((charge) => [charge.orderId, charge]))
  const ours = new Set(orders.map(({ id }) => id))
  const strangers = charges
    .filter(({ orderId, captured }) => !ours.has(orderId) && captured > 0)
    .map(({ orderId, captured }) => violation('money', `${captured} were taken for ${orderId}, which nobody placed`))
  const wrong = orders.flatMap(({ id, status, amount }) => {
    const { captures = 0, captured = 0, refunded = 0 } = byOrder.get(id) ?? {}
    const owed = status === 'paid' ? amount : 0
    const kept = captured - refunded
    if (kept === owed && captures <= 1) return []
    return [violation('money', `${id} is ${status}: ${owed} are owed, ${kept} were taken, in ${captures} captures`)]
  })
  return [...strangers, ...wrong]
}

// The room

function roomSkipped({ room, exchanges }: History): Violation[] {
  if (room === null) return []
  return exchanges
    .filter(({ route, pass, status }) => route === 'POST /api/v1/holds' && !pass && status > 0 && status < 500)
    .filter(({ code }) => code !== 'pass_required')
    .map(({ buyer, status, code }) =>
      violation('room_skipped', `buyer ${buyer} came without a pass: ${status} ${code}`),
    )
}

function roomOverfull({ room }: History): Violation[] {
  if (room === null) return []
  const { insideMax, admissionsPerMinute, samples, passesAt } = room
  const crowded = samples
    .filter(({ inside }) => inside > insideMax)
    .map(({ inside }) => violation('room_overfull', `${inside} people are inside, of at most ${insideMax}`))
  const instants = passesAt.toSorted((a, b) => a - b)
  // The room may let everybody in whom it has space for at once; from then on the pace holds.
  const most = insideMax + admissionsPerMinute
  const rushed = instants.flatMap((at, i) => {
    const after = instants[i + most]
    return after !== undefined && after - at < MINUTE_MS
      ? [violation('room_overfull', `more than ${most} passes were given within a minute`)]
      : []
  })
  return [...crowded, ...rushed.slice(0, 1)]
}

// Counting

const isHold = ({ route, status }: Exchange): boolean => route === 'POST /api/v1/holds' && status === 201

function unitsOf(lines: readonly Line[]): Record<string, number> {
  const units: Record<string, number> = {}
  for (const { sku, quantity } of lines) units[sku] = (units[sku] ?? 0) + quantity
  return units
}

const lastSample = (samples: readonly Sample[], sku: string): Sample | undefined =>
  samples.findLast((sample) => sample.sku === sku)
