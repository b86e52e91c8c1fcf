/**
 * The verdict over one stampede, from its history alone. Everything it can find wrong has a name; an empty list is a
 * clean run. It must be able to fail: verdict.test.ts forges a history for each name.
 */
import type { Paper } from '../paper.ts'
import type { Exchange, GivenPass, History, Line, NowSample, Sample } from './history.ts'

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
  /** More people inside than there is room for. */
  | 'room_overfull'
  /** More people let in, in some stretch of time, than the pace allows. */
  | 'room_rushed'
  /** `now` says open although all has been held for two seconds, or sold out although something has been free so long. */
  | 'now_is_wrong'

export interface Violation {
  fault: Fault
  what: string
}

/** Where at least this many times the supply is wanted, nothing may be left over. */
const DEMAND_TO_SELL_ALL = 2
/** How long units may be free while somebody is told that there are none: reliability.md, P2. */
const FALSE_AFTER_MS = 2_000
/** A leaf tells its owner of a hold within a second, and an operator's look takes a moment. */
const TOLD_WITHIN_MS = 1_500
/** Samples further apart than this say nothing about the time between them. */
const SAMPLE_GAP_MOST_MS = 1_000
const SETTLED_STATUSES = new Set(['paid', 'payment_failed', 'not_available', 'cancelled'])
const SECONDS_PER_MINUTE = 60

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
    ...roomRushed(history),
    ...nowIsWrong(history),
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
 * for after the answer, since hundreds of units may go between two samples. The samples are an owner's words, who hears
 * of its leaves' holds a moment later: what others may have had in their baskets meanwhile was not free.
 */
function falseSoldOut(history: History): Violation[] {
  const bySku = Map.groupBy(history.samples, ({ sku }) => sku)
  return history.exchanges.flatMap(({ code, lacking, sentAt, answeredAt, buyer }) => {
    if (code !== 'not_enough_stock' || lacking === null) return []
    const { sku, requested } = lacking
    const [from, to] = [sentAt - FALSE_AFTER_MS, answeredAt]
    const around = samplesAround(bySku.get(sku) ?? [], from, to)
    if (around === null || around.some(({ free }) => free < requested)) return []
    const least = Math.min(...around.map(({ free }) => free)) - mayHaveTaken(history, sku, from, to)
    if (least < requested) return []
    return [
      violation('false_sold_out', `buyer ${buyer} wanted ${requested} of ${sku} while ${least} were free for 2 s`),
    ]
  })
}

/** Units that baskets may have held of a SKU, if only for a moment, without every sample between the two telling it. */
function mayHaveTaken({ exchanges }: History, sku: string, from: number, to: number): number {
  const taking = exchanges.filter(
    (one) =>
      one.sentAt <= to && one.answeredAt + TOLD_WITHIN_MS >= from && one.wanted.length > 0 && mayHaveHeld(one, sku),
  )
  const once = new Map(taking.map((one) => [one.key ?? one, one.wanted]))
  return unitsOf([...once.values()].flat())[sku] ?? 0
}

/** A basket that another SKU's lack ended may have held this one's for a moment; no answer may have been a yes. */
const mayHaveHeld = ({ status, lacking }: Exchange, sku: string): boolean =>
  status === 201 || status === 0 || status >= 500 || (lacking !== null && lacking.sku !== sku)

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

function roomOverfull({ room, nows }: History): Violation[] {
  if (room === null) return []
  return nows
    .filter(({ inside }) => inside !== null && inside > room.insideMax)
    .map(({ inside }) => violation('room_overfull', `${inside} people are inside, of at most ${room.insideMax}`))
}

/**
 * In any stretch of time as many may come in as the pace says, and a second's worth more. A pass was given at some instant
 * between question and answer; so only those count that were asked for and given within the stretch.
 */
function roomRushed({ room }: History): Violation[] {
  if (room === null) return []
  const burst = Math.ceil(room.admissionsPerMinute / SECONDS_PER_MINUTE)
  const perMs = room.admissionsPerMinute / (SECONDS_PER_MINUTE * 1000)
  const byAnswer = room.passes.toSorted((a, b) => a.answeredAt - b.answeredAt)
  for (const { sentAt: from } of room.passes) {
    const within = byAnswer.filter(({ sentAt }) => sentAt >= from)
    const tooMany = within.findIndex(({ answeredAt }, i) => i + 1 > burst + perMs * (answeredAt - from))
    if (tooMany !== -1) return [violation('room_rushed', rush(within, tooMany, from))]
  }
  return []
}

const rush = (within: readonly GivenPass[], last: number, from: number): string =>
  `${last + 1} passes within ${(within[last]!.answeredAt - from).toFixed(0)} ms`

// What everybody is told

/**
 * As with refusals: only what was wrong at every instant at which it may have been said. The drop's object asks the same
 * owners as the operator who looks; for as long as they make that one wait, on a machine with too much to do, they make
 * the object wait, and what it says is by so much older. Where they answer at once, nothing is forgiven.
 */
function nowIsWrong(history: History): Violation[] {
  const { supply, samples, nows } = history
  const skus = Object.keys(supply)
  const bySku = Map.groupBy(samples, ({ sku }) => sku)
  return nows.flatMap((now) => {
    const to = now.answeredAt
    const slowest = slowestLook(samples, now.askedAt - FALSE_AFTER_MS - SAMPLE_GAP_MOST_MS, to)
    const from = now.askedAt - FALSE_AFTER_MS - slowest
    const around = skus.map((sku) => samplesAround(bySku.get(sku) ?? [], from, to))
    if (around.some((seen) => seen === null)) return []
    const wrong = wrongNow(
      now,
      around.map((seen) => seen!.map(({ free }) => free)),
      skus.map((sku) => mayHaveTaken(history, sku, from, to)),
    )
    return wrong === null ? [] : [violation('now_is_wrong', wrong)]
  })
}

/** How long the owners took to answer an operator between the two instants, at most. */
const slowestLook = (samples: readonly Sample[], from: number, to: number): number =>
  Math.max(
    0,
    ...samples
      .filter(({ askedAt, answeredAt }) => answeredAt >= from && askedAt <= to)
      .map(({ askedAt, answeredAt }) => answeredAt - askedAt),
  )

/** `free`: by SKU, in each look; `taken`: by SKU, what may have been held although a look called it free. */
function wrongNow({ status }: NowSample, free: readonly number[][], taken: readonly number[]): string | null {
  const gone = free.every((looks) => looks.every((units) => units === 0))
  if (status === 'open' && gone) return 'open, while nothing has been free for 2 s'
  const there = free.some((looks, i) => looks.every((units) => units > taken[i]!))
  return status === 'sold_out' && there ? 'sold out, while something has been free for 2 s' : null
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
