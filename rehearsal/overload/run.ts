/** Rounds of what a shop can do, and of ten times as many people as that, one after the other on the same machine. */
import { cpuMs } from '../../bench/process-time.ts'
import { settled } from '../../bench/settling.ts'
import { Operator } from '../../blackbox/operator.ts'
import type { Shop } from '../../local/runner/shop.ts'
import { sendCrowd } from '../crowd-process.ts'
import { readPaper, type Paper } from '../paper.ts'
import { milliseconds } from '../spread.ts'
import type { Heard, Job, Seen } from './seen.ts'
import { figuresOf, median, strangeIn, wrongWith, type Fate, type Figures, type Ratios } from './verdict.ts'

export interface Terms {
  rounds: number
  seconds: number
  /** Until the crowd is in full swing and the shop has noticed; not counted. */
  warmUpSeconds: number
  /** People at once, to find out what the shop can do. */
  clients: number
  connections: number
  /** So many times what it can do. */
  times: number
}

/** One crowd's hour. */
export interface Crowded extends Figures {
  heard: Heard[]
  comingPerSecond: number
  /** Shares of a core: the crowd's own, and the Worker's. */
  crowdCpu: number
  workerCpu: number
}

export interface Outcome {
  ratios: Ratios
  capacity: Crowded[]
  overload: Crowded[]
  wrong: string[]
}

const SKU = 'OVERLOAD'
const PLENTY = 1_000_000

export async function overload(shop: Shop, terms: Terms): Promise<Outcome> {
  const sending = new Sending(shop, terms)
  await new Operator(shop.url, shop.operatorKey).offers(SKU, PLENTY)
  await sending.asManyAsItCan() // the runtime is warm after that
  const capacity: Crowded[] = []
  const overloaded: Crowded[] = []
  for (let round = 0; round < terms.rounds; round += 1) {
    const can = await sending.asManyAsItCan()
    capacity.push(can)
    overloaded.push(await sending.many(terms.times * can.comingPerSecond))
  }
  const ratio = (of: (figures: Figures) => number): number =>
    median(capacity.map((can, round) => of(overloaded[round]!) / Math.max(0.001, of(can))))
  const ratios = {
    served: ratio(({ servedPerSecond }) => servedPerSecond),
    orders: ratio(({ ordersPerSecond }) => ordersPerSecond),
  }
  const paper: Paper = await readPaper(shop.url)
  const strange = strangeIn(
    [...capacity, ...overloaded].flatMap(({ heard }) => heard),
    paper,
  )
  const fates = overloaded.flatMap((one) => one.fates)
  return { ratios, capacity, overload: overloaded, wrong: wrongWith(ratios, fates, strange) }
}

class Sending {
  readonly #shop: Shop
  readonly #terms: Terms
  #seed = 0

  constructor(shop: Shop, terms: Terms) {
    this.#shop = shop
    this.#terms = terms
  }

  asManyAsItCan(): Promise<Crowded> {
    const { clients } = this.#terms
    return this.#send({ clients, connections: clients, perSecond: 0 })
  }

  many(perSecond: number): Promise<Crowded> {
    return this.#send({ clients: null, connections: this.#terms.connections, perSecond })
  }

  /** What the crowd before left behind its answers is settled first. */
  async #send(crowd: Pick<Job, 'clients' | 'connections' | 'perSecond'>): Promise<Crowded> {
    const { seconds, warmUpSeconds } = this.#terms
    await settled(this.#shop)
    const before = cpuMs(this.#shop.worker.pids) ?? 0
    this.#seed += 1
    const job: Job = { url: this.#shop.url, sku: SKU, seconds, seed: this.#seed, ...crowd }
    const { heard, cpuMs: crowdMs, tookMs } = await sendCrowd<Seen>('rehearsal/overload/crowd.ts', job)
    const came = heard.filter(
      ({ kind, intendedAt }) => kind !== 'order' && intendedAt >= warmUpSeconds * 1000 && intendedAt < seconds * 1000,
    )
    return {
      ...figuresOf(heard, warmUpSeconds * 1000, seconds * 1000),
      heard,
      comingPerSecond: came.length / (seconds - warmUpSeconds),
      crowdCpu: crowdMs / tookMs,
      workerCpu: ((cpuMs(this.#shop.worker.pids) ?? 0) - before) / tookMs,
    }
  }
}

export function written({ ratios, capacity, overload: overloaded, wrong }: Outcome, times: number): string {
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`
  const rounds = capacity.map((can, round) => {
    const too = overloaded[round]!
    const cells = [can.comingPerSecond, can.servedPerSecond, can.ordersPerSecond]
    const then = [too.comingPerSecond, too.servedPerSecond, too.ordersPerSecond]
    return `| ${[...cells, ...then].map((value) => value.toFixed(0)).join(' | ')} | ${percent(can.workerCpu)}, ${percent(too.workerCpu)} | ${percent(can.crowdCpu)}, ${percent(too.crowdCpu)} |`
  })
  return [
    `| people a second, as many as it can | served | orders | people, ${times} × as many | served | orders | Worker’s CPU | crowd’s CPU |`,
    '|---|---|---|---|---|---|---|---|',
    ...rounds,
    '',
    `| of ${times} × as many | asked | served | 429 | 503 | other | no answer | served after p50 / p95 / p99 ms | refused after |`,
    '|---|---|---|---|---|---|---|---|---|',
    ...overloaded.at(-1)!.fates.map(fateRow),
    '',
    `Of what it could serve ${percent(ratios.served)} was served, and of the orders it could take ${percent(ratios.orders)} were taken (in the middle of ${capacity.length} rounds). ${wrong.length === 0 ? 'Verdict: clean.' : `Verdict: **${wrong.join('; ')}**.`}`,
  ].join('\n')
}

const fateRow = ({ kind, asked, served, limited, shed, other, unanswered, serving, refusing }: Fate): string =>
  `| ${[kind, asked, served, limited, shed, other, unanswered, milliseconds(serving), milliseconds(refusing)].join(' | ')} |`
