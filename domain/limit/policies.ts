/**
 * Which limits there are, and for whom. Everything is sixty a minute with a burst of twenty unless a line below has a
 * reason to say otherwise; a deployment changes lines for all stores, for one store, or for one operator's key.
 */
import type { Rate } from './gcra.ts'

/** What is counted together. The words are on the wire: policies of `RateLimit`, `violated-policies` of a refusal. */
export type LimitClass =
  /** An operator's key, changing something by the API. */
  | 'operator-write'
  /** An operator's key, reading. */
  | 'operator-read'
  /** A visitor's holds and orders. Judged by their order book, in the turn that it takes anyway. */
  | 'buying'
  /** Everything else that a visitor changes: places, invitations, baskets. */
  | 'visiting'
  /** What is changed by those who show no cookie of ours, together for each network they come from. */
  | 'newcomers'
  /** Letters that a visitor asks us to write, to prove a mailbox. */
  | 'letters'
  /** The same, together for each network. */
  | 'network-letters'
  /** Pages and public reads of one network, in one isolate. */
  | 'reading'

export interface Policy {
  rate: Rate
  /** What happens while the judge is away: `closed` where money is moved or keys could be guessed, `open` where people look. */
  whenAway: 'open' | 'closed'
  /** Permits that an isolate gives away before it asks (see local-permits.ts). */
  slack: number
}

const perMinute = (units: number, burst: number): Rate => ({ units, windowMs: 60_000, burst })

const perHour = (units: number, burst: number): Rate => ({ units, windowMs: 3_600_000, burst })

const USUAL = perMinute(60, 20)

export const DEFAULT_POLICIES: Readonly<Record<LimitClass, Policy>> = {
  'operator-write': { rate: USUAL, whenAway: 'closed', slack: 0 },
  // A board that is looked at four times a second, and a console beside it.
  'operator-read': { rate: perMinute(600, 100), whenAway: 'open', slack: 0 },
  buying: { rate: USUAL, whenAway: 'closed', slack: 0 },
  // Nobody is asked about a visitor who does a dozen things while the drop opens: nearly all never do more.
  visiting: { rate: USUAL, whenAway: 'open', slack: 10 },
  // Thousands behind one address of a university or a phone network make their first hold in the same seconds, and have a
  // cookie of their own from then on. A robot that throws its cookies away shares this with all its kind.
  newcomers: { rate: perMinute(3000, 1000), whenAway: 'closed', slack: 5 },
  // One is enough for who spells their address well; what is written to one mailbox is counted apart from this.
  letters: { rate: perHour(10, 5), whenAway: 'closed', slack: 0 },
  // As many as a network gets places of a drop (domain/room/places.ts), and half an hour later as many again.
  'network-letters': { rate: perHour(600, 300), whenAway: 'closed', slack: 0 },
  // The same thousands, reloading. Reads that memory answers are not even counted.
  reading: { rate: perMinute(12_000, 4000), whenAway: 'open', slack: 0 },
}

/** What a deployment says otherwise. Rates per minute; everything may be left out. */
export interface LimitSettings {
  classes?: Changed
  stores?: Record<string, Changed>
  /** By the id of an operator's key: both of its classes, since an integration is trusted as a whole. */
  keys?: Record<string, Minutely>
}

export interface Minutely {
  per_minute: number
  burst: number
}

type Changed = Partial<Record<LimitClass, Minutely>>

/** The policy for a class in a store; `keyId`: the operator's key that is counted, if one is. */
export function policyFor(settings: LimitSettings, limitClass: LimitClass, storeId: string, keyId?: string): Policy {
  const usual = DEFAULT_POLICIES[limitClass]
  const said =
    (keyId === undefined ? undefined : settings.keys?.[keyId]) ??
    settings.stores?.[storeId]?.[limitClass] ??
    settings.classes?.[limitClass]
  return said ? { ...usual, rate: perMinute(said.per_minute, said.burst) } : usual
}

/**
 * The rate under load: a quarter, at once and over time, while the policy that is announced stays what it is. Only for those
 * who have nothing to lose yet: whoever has a cookie, or operates the shop, goes on as before. A tat counts time, so a
 * judge may go from one to the other and back with every request.
 */
export function rateUnder({ rate }: Policy, limitClass: LimitClass, strained: boolean): Rate {
  if (!strained || limitClass !== 'newcomers') return rate
  return { ...rate, units: Math.ceil(rate.units / 4), burst: Math.ceil(rate.burst / 4) }
}
