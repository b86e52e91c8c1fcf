/**
 * Permits for one batch of one store: asks the pacer for many at a time, waits for the short ones, and tells it how the
 * calls went. While the pacer is away, a settler goes on at a slow pace that it shares with its isolate only (SPEC PCE8).
 */
import type { Clock } from '../domain/basics/clock.ts'
import type { CallReport, Endpoint, PacerDesk, PermitAnswer, PermitAsk } from '../domain/message/pacer-desk.ts'
import type { PacerKeeper } from '../domain/pacing/keeper.ts'
import { NotYet, type Calls, type PushBack } from '../platform/stripe/calls.ts'
import { reasonOf } from './outcome.ts'

export interface Pacing {
  pacerOf: (storeId: string) => Pick<PacerDesk, 'ask' | 'report'>
  /** Who is asked while the pacer is away. */
  alone: Pick<PacerKeeper, 'ask' | 'report'>
  clock: Clock
  /** Resolves after so many ms; after 0, when whoever is ready now has spoken. */
  sleep: (ms: number) => Promise<void>
}

/** A permit for one call, at this instant of our own clock; or when to come back for it. */
export type Turn = { kind: 'go'; at: number } | { kind: 'come_back'; inMs: number }

/**
 * A permit that is used later than this may meet too many others: it is asked for anew. Not sooner: a machine that is
 * short of time would throw its permits away faster than it can use them, and get slower for it.
 */
const PERMIT_LIVES_MS = 2_000
/** The pacer answers in milliseconds or is not there. */
const PACER_PATIENCE_MS = 1_500
/** After it did not answer it is left alone for so long. */
const AWAY_MS = 5_000

interface Asker {
  ask: PermitAsk
  resolve: (turn: Turn) => void
}

export class Permits {
  readonly #pacer: Pick<PacerDesk, 'ask' | 'report'>
  readonly #parts: Pacing
  readonly #reports = new Map<Endpoint, CallReport>()
  readonly #silentUntil = new Map<Endpoint, number>()
  readonly #telling: Promise<unknown>[] = []
  /** What the pacer was asked and may have granted without our hearing of it. */
  readonly #unheard: PermitAsk[] = []
  #askers: Asker[] = []
  #awayUntil = 0

  constructor(storeId: string, parts: Pacing) {
    this.#pacer = parts.pacerOf(storeId)
    this.#parts = parts
  }

  /** All of a batch in one question, in the order of the asks. Never rejects. */
  async askAll(asks: readonly PermitAsk[]): Promise<Turn[]> {
    if (asks.length === 0) return []
    const answers = await this.#ask(asks)
    const now = this.#parts.clock.now()
    return answers.map((answer) => (answer.kind === 'go' ? { kind: 'go', at: now + answer.inMs } : answer))
  }

  /** One more, in the same question as whoever else asks at this moment. */
  ask(ask: PermitAsk): Promise<Turn> {
    return new Promise((resolve) => {
      this.#askers.push({ ask, resolve })
      if (this.#askers.length === 1) void this.#askTogether()
    })
  }

  /** Waits for the permit's instant; one that has passed by then is asked for anew. Never rejects. */
  async ready(ask: PermitAsk, first: Turn): Promise<Turn> {
    const { clock, sleep } = this.#parts
    for (let turn = first; ; turn = await this.ask(ask)) {
      if (turn.kind === 'come_back') return turn
      const waitMs = turn.at - clock.now()
      if (waitMs > 0) await sleep(waitMs)
      const silenceMs = (this.#silentUntil.get(ask.endpoint) ?? 0) - clock.now()
      if (silenceMs <= 0 && clock.now() <= turn.at + PERMIT_LIVES_MS) return turn
      this.unused(ask)
      if (silenceMs > 0) return { kind: 'come_back', inMs: silenceMs }
    }
  }

  /** The permit is there and nobody needs it: the pacer is told, lest the call, if it is made yet, count as a repeat. */
  unused({ endpoint, name }: PermitAsk): void {
    this.#report(endpoint).notMade.push(name)
  }

  /** The calls of one step, which begins with the call that `wanted` names; `permitted` is the permit in hand. */
  callsFor(wanted: PermitAsk, permitted: PermitAsk): Calls {
    const fits = wanted.endpoint === permitted.endpoint && wanted.name === permitted.name
    if (!fits) this.unused(permitted)
    let permit: Endpoint | null = fits ? permitted.endpoint : null
    return {
      admit: async (endpoint) => {
        const isPermitted = permit === endpoint
        permit = null
        if (isPermitted) return
        const ask = { endpoint, name: wanted.name }
        const turn = await this.ready(ask, await this.ask(ask))
        if (turn.kind === 'come_back') throw new NotYet(turn.inMs)
      },
      made: (endpoint, tookMs, pushBack) => this.#made({ endpoint, name: wanted.name }, tookMs, pushBack),
    }
  }

  /** Resolves when the pacer knows how the calls went, or cannot be told. */
  async finish(): Promise<void> {
    if (this.#reports.size > 0 || this.#unheard.length > 0) this.#tell()
    await Promise.all(this.#telling)
  }

  async #askTogether(): Promise<void> {
    await this.#parts.sleep(0)
    const askers = this.#askers.splice(0)
    const turns = await this.askAll(askers.map(({ ask }) => ask))
    askers.forEach(({ resolve }, i) => resolve(turns[i]!))
  }

  async #ask(asks: readonly PermitAsk[]): Promise<PermitAnswer[]> {
    const { clock, alone } = this.#parts
    const reports = this.#takeReports()
    if (clock.now() >= this.#awayUntil) {
      const answers = await this.#within(this.#pacer.ask(asks, [...reports, ...this.#takeUnheard()]))
      if (answers?.length === asks.length) return answers
      this.#unheard.push(...asks)
      this.#awayUntil = clock.now() + AWAY_MS
    }
    return alone.ask(asks, reports)
  }

  #made({ endpoint, name }: PermitAsk, tookMs: number, pushBack: PushBack | null): void {
    const report = this.#report(endpoint)
    if (!pushBack) {
      report.calls += 1
      report.tookMs += tookMs
      return
    }
    report.refused += 1
    this.unused({ endpoint, name })
    report.wholeAccount ||= pushBack.wholeAccount
    if (pushBack.retryAfterMs !== null) {
      report.retryAfterMs = Math.max(report.retryAfterMs ?? 0, pushBack.retryAfterMs)
      this.#silentUntil.set(endpoint, this.#parts.clock.now() + pushBack.retryAfterMs)
    }
    this.#tell() // others are about to call
  }

  #report(endpoint: Endpoint): CallReport {
    const report = this.#reports.get(endpoint) ?? emptyReport(endpoint)
    this.#reports.set(endpoint, report)
    return report
  }

  #tell(): void {
    this.#telling.push(this.#within(this.#pacer.report([...this.#takeReports(), ...this.#takeUnheard()])))
  }

  #takeReports(): CallReport[] {
    const reports = [...this.#reports.values()]
    this.#reports.clear()
    return reports
  }

  #takeUnheard(): CallReport[] {
    const unheard = Map.groupBy(this.#unheard.splice(0), ({ endpoint }) => endpoint)
    return [...unheard].map(([endpoint, asks]) => ({ ...emptyReport(endpoint), notMade: asks.map(({ name }) => name) }))
  }

  /** Undefined: it failed or took too long. */
  async #within<Result>(asked: Promise<Result>): Promise<Result | undefined> {
    const late = this.#parts.sleep(PACER_PATIENCE_MS).then(() => undefined)
    const answer = asked.catch((fault: unknown) => {
      console.warn(JSON.stringify({ level: 'warn', kind: 'pacer_away', why: reasonOf(fault) }))
      return undefined
    })
    return Promise.race([answer, late])
  }
}

const emptyReport = (endpoint: Endpoint): CallReport => ({
  endpoint,
  calls: 0,
  tookMs: 0,
  refused: 0,
  notMade: [],
  retryAfterMs: null,
  wholeAccount: false,
})
