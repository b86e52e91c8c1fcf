/** What an overload shows: how much was done in time, who was sent away for it, and whether they were told properly. */
import type { Paper } from '../paper.ts'
import { spreadOf, type Spread } from '../spread.ts'
import { KINDS, ROUTES, type Kind } from './mix.ts'
import type { Heard } from './seen.ts'

/** An answer that comes later than this has nobody to read it. */
export const PATIENCE_MS = 10_000

/** What became of those who asked for one kind of thing. */
export interface Fate {
  kind: Kind
  asked: number
  served: number
  /** Told to come back, by a 429 or a 503; a fault is one of the others. */
  limited: number
  shed: number
  other: number
  unanswered: number
  /** How long it took, ms, from when they meant to ask. */
  serving: Spread
  refusing: Spread
}

export interface Figures {
  /** Everything that was served, and orders alone, a second. */
  servedPerSecond: number
  ordersPerSecond: number
  fates: Fate[]
}

/** Of those who meant to ask from `fromMs` to `toMs`. */
export function figuresOf(all: readonly Heard[], fromMs: number, toMs: number): Figures {
  const heard = all.filter(({ intendedAt }) => intendedAt >= fromMs && intendedAt < toMs)
  const perSecond = (count: number): number => (count * 1000) / (toMs - fromMs)
  // What is done is counted by when it was done: what was begun in time may still stand in line when the last has come.
  const done = all.filter((one) => isServed(one) && one.answeredAt >= fromMs && one.answeredAt < toMs)
  return {
    servedPerSecond: perSecond(done.length),
    ordersPerSecond: perSecond(done.filter(({ kind }) => kind === 'order').length),
    fates: KINDS.map((kind) =>
      fateOf(
        kind,
        heard.filter((one) => one.kind === kind),
      ),
    ),
  }
}

function fateOf(kind: Kind, heard: readonly Heard[]): Fate {
  const served = heard.filter(isServed)
  const whoGot = (status: number): readonly Heard[] => heard.filter((one) => one.status === status)
  const [limited, unanswered] = [whoGot(429), whoGot(0)]
  // A fault is told by a 503 too, and is nobody's turn.
  const shed = whoGot(503).filter(({ code }) => code !== 'temporarily_unavailable')
  return {
    kind,
    asked: heard.length,
    ...{ served: served.length, limited: limited.length, shed: shed.length, unanswered: unanswered.length },
    other: heard.length - served.length - limited.length - shed.length - unanswered.length,
    serving: spreadOf(served.map(tookMs)),
    refusing: spreadOf([...limited, ...shed].map(tookMs)),
  }
}

const tookMs = ({ intendedAt, answeredAt }: Heard): number => answeredAt - intendedAt
const isServed = (one: Heard): boolean => one.status >= 200 && one.status < 300 && tookMs(one) <= PATIENCE_MS

/** Answers that nobody should get, each kind of them once, in words: what the shop's papers do not say, or a no without a time. */
export function strangeIn(heard: readonly Heard[], paper: Paper): string[] {
  const found = heard.filter((one) => one.status > 0).map((one) => strangeness(one, paper))
  return [...new Set(found.filter((what) => what !== null))]
}

function strangeness({ kind, status, code, hasRetryAfter }: Heard, { routes, problems }: Paper): string | null {
  const route = ROUTES[kind]
  const documented = route === null ? [200, 429, 503] : (routes[route] ?? [])
  if (!documented.includes(status)) return `${kind}: an undocumented ${status}`
  if (route !== null && status >= 400 && problems[code ?? ''] !== status) return `${kind}: ${status} with code ${code}`
  if ((status === 429 || status === 503) && !hasRetryAfter) return `${kind}: ${status} without a time to come back`
  return null
}

/** Of all that is asked, and of orders alone, which are dear: what saying no to the others costs is paid from their share. */
export interface Ratios {
  served: number
  orders: number
}

/** What is wrong, in words; nothing when all is well. */
export function wrongWith({ served }: Ratios, fates: readonly Fate[], strange: readonly string[]): string[] {
  const sum = (of: (fate: Fate) => number): number => fates.reduce((all, fate) => all + of(fate), 0)
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`
  const unanswered =
    sum((fate) => fate.unanswered) /
    Math.max(
      1,
      sum(({ asked }) => asked),
    )
  return [
    ...strange,
    ...(served < 0.9 ? [`only ${percent(served)} of what it could serve was served`] : []),
    ...(unanswered > 0.01 ? [`${percent(unanswered)} were not answered at all`] : []),
    ...outOfTurn(fates),
  ]
}

/** Of a kind that goes first no larger share may be sent away than of one that goes after it, but for a hundredth. */
export function outOfTurn(fates: readonly Fate[]): string[] {
  const sent = (kinds: readonly Kind[]): number => {
    const of = fates.filter(({ kind }) => kinds.includes(kind))
    const asked = of.reduce((sum, fate) => sum + fate.asked, 0)
    return of.reduce((sum, fate) => sum + fate.shed, 0) / Math.max(1, asked)
  }
  const shares: [string, number][] = [
    ['orders', sent(['order'])],
    ['holds', sent(['hold'])],
    ['looks', sent(['search', 'crawl'])],
  ]
  return shares
    .slice(1)
    .flatMap(([after, share], i) =>
      shares[i]![1] > share + 0.01 ? [`${shares[i]![0]} were sent away before ${after}`] : [],
    )
}

/** The value in the middle. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0
