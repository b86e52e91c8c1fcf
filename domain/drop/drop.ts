/**
 * A drop: an on-sale with its own rules. Its status is nobody's column: it follows from the clock, from the operator's
 * pause and from what is left, so no job must run at the instant it opens. The stock objects judge by the same rules
 * (domain/message/stock-desk.ts, Offer); what is shown here may be seconds old, what they say is not.
 */
import type { ProductCard } from '../catalog/product.ts'
import type { RoomTerms } from '../message/drop-desk.ts'

export type DropStatus = 'scheduled' | 'open' | 'paused' | 'sold_out' | 'ended'

export interface DropDraft {
  slug: string
  title: string
  /** Safe HTML. */
  description: string
  imageUrl: string
  /** ms since the epoch, inclusive. */
  opensAt: number
  /** Exclusive; null: open until paused or sold out. */
  endsAt: number | null
  paused: boolean
  /** Per SKU; null: the variant's, else the store's. */
  unitsPerVisitorMax: number | null
  /** Null: the store's. */
  holdDurationMs: number | null
  /** What it offers. A SKU is in one drop at most. */
  skus: string[]
  /** How large a crowd to be ready for; plans the leaves of the stock tree and the objects of the room. */
  expectedBuyers: number
  /** Leaves of the stock tree; null: as many as are planned for so many buyers. */
  leavesWanted: number | null
  /** Null: no waiting room; whoever comes may hold. */
  room: RoomTerms | null
  /** ISO 3166-1 alpha-2; null: sold everywhere. */
  countries: string[] | null
  /** Sold to those with an invitation only, also after the opening. */
  inviteOnly: boolean
  /** Units of all its SKUs in one basket; null: no limit but the visitor's. */
  unitsPerOrderMax: number | null
}

/** A drop that is sold to everybody in the ordinary way. */
export const ORDINARY_TERMS = {
  expectedBuyers: 0,
  leavesWanted: null,
  room: null,
  countries: null,
  inviteOnly: false,
  unitsPerOrderMax: null,
} as const satisfies Partial<DropDraft>

export interface Drop extends DropDraft {
  id: string
  /** When it is over: as planned, or sooner if an operator stopped it. Exclusive. */
  endsAt: number | null
  plannedEndsAt: number | null
  /** When an operator ended it for good; null: nobody did. */
  stoppedAt: number | null
  /** There are codes to be redeemed. */
  hasInvitations: boolean
  /** Leaves its SKUs are sold from; 0: their owners sell by themselves. */
  leaves: number
  /** Units of all its SKUs: to begin with and adjusted, and still free. Seconds old. */
  total: number
  free: number
  version: number
  updatedAt: number
}

export interface DropWithProducts {
  drop: Drop
  products: ProductCard[]
  /** What each SKU is called. */
  items: DropItem[]
}

export interface DropItem {
  sku: string
  productSlug: string
  productTitle: string
  variantTitle: string
}

/** What becomes of a drop at this instant. An end beats everything; a pause beats being sold out, since units may come. */
export function statusAt(now: number, drop: Pick<Drop, 'opensAt' | 'endsAt' | 'paused' | 'free' | 'skus'>): DropStatus {
  if (drop.endsAt !== null && now >= drop.endsAt) return 'ended'
  if (drop.paused) return 'paused'
  if (now < drop.opensAt) return 'scheduled'
  return drop.free <= 0 && drop.skus.length > 0 ? 'sold_out' : 'open'
}

/** Below this a SKU's owner serves a crowd by itself, and leaves would only cost. */
const BUYERS_WORTH_LEAVES = 2_000
/** What one leaf is planned for: a crowd that comes within some ten seconds. */
const BUYERS_A_LEAF = 5_000
/** Fewer than four share too little to be worth their messages. */
const LEAVES_LEAST = 4
export const LEAVES_MAX = 64

/** How many leaves a crowd of this size wants. */
export function leavesPlanned(expectedBuyers: number): number {
  if (expectedBuyers < BUYERS_WORTH_LEAVES) return 0
  return Math.min(LEAVES_MAX, Math.max(LEAVES_LEAST, Math.ceil(expectedBuyers / BUYERS_A_LEAF)))
}

export interface DropProblem {
  field: string
  code: string
  message: string
}

/** What is wrong with a draft, in words for the operator; empty: nothing. */
export function problemsOfDrop(draft: DropDraft): DropProblem[] {
  const problems: DropProblem[] = []
  const wrong = (field: string, code: string, message: string) => problems.push({ field, code, message })
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(draft.slug)) wrong('slug', 'slug_not_valid', 'A slug is words of a-z and 0-9.')
  if (draft.title.trim() === '') wrong('title', 'title_missing', 'A drop needs a title.')
  if (draft.endsAt !== null && draft.endsAt <= draft.opensAt) {
    wrong('ends_at', 'ends_before_it_opens', 'A drop ends after it opens.')
  }
  if (draft.unitsPerVisitorMax !== null && !(draft.unitsPerVisitorMax >= 1)) {
    wrong('units_per_visitor_max', 'limit_not_valid', 'At least one unit per visitor.')
  }
  const hold = draft.holdDurationMs
  if (hold !== null && !(hold >= HOLD_DURATION_MIN_MS && hold <= HOLD_DURATION_MAX_MS)) {
    wrong('hold_duration_ms', 'hold_duration_not_valid', 'A hold lasts from ten seconds to a day.')
  }
  if (!isWhole(draft.expectedBuyers, 0, EXPECTED_BUYERS_MAX)) {
    wrong('expected_buyers', 'number_not_valid', `A crowd is a number from 0 to ${EXPECTED_BUYERS_MAX}.`)
  }
  if (draft.leavesWanted !== null && !isWhole(draft.leavesWanted, 0, LEAVES_MAX)) {
    wrong('leaves', 'number_not_valid', `From 0 to ${LEAVES_MAX} leaves.`)
  }
  if (draft.unitsPerOrderMax !== null && !(draft.unitsPerOrderMax >= 1)) {
    wrong('units_per_order_max', 'limit_not_valid', 'At least one unit in an order.')
  }
  if (draft.countries !== null && !(draft.countries.length > 0 && draft.countries.every(isCountry))) {
    wrong('countries', 'country_not_valid', 'Countries are two capital letters each (ISO 3166-1); null is everywhere.')
  }
  if (draft.room) problems.push(...problemsOfRoom(draft.room))
  return problems
}

function problemsOfRoom({ insideMax, admissionsPerMinute, passDurationMs }: RoomTerms): DropProblem[] {
  const bounds: [field: string, value: number, least: number, most: number][] = [
    ['inside_max', insideMax, 1, ROOM_MAX],
    ['admissions_per_minute', admissionsPerMinute, 1, ROOM_MAX],
    ['pass_duration_ms', passDurationMs, PASS_DURATION_MIN_MS, PASS_DURATION_MAX_MS],
  ]
  return bounds
    .filter(([, value, least, most]) => !isWhole(value, least, most))
    .map(([field, , least, most]) => ({
      field: `room/${field}`,
      code: 'number_not_valid',
      message: `A number from ${least} to ${most}.`,
    }))
}

const isWhole = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most

const isCountry = (code: string): boolean => /^[A-Z]{2}$/.test(code)

export const HOLD_DURATION_MIN_MS = 10_000
export const HOLD_DURATION_MAX_MS = 86_400_000
export const EXPECTED_BUYERS_MAX = 10_000_000
/** People inside, and people a minute. */
export const ROOM_MAX = 1_000_000
/** Long enough to read a page with a slow phone. */
export const PASS_DURATION_MIN_MS = 15_000
/** A pass that is kept longer keeps somebody else out. */
export const PASS_DURATION_MAX_MS = 60 * 60_000

export type DropRefusal =
  | { code: 'drop_not_found'; drop: string }
  | { code: 'slug_taken'; slug: string }
  | { code: 'sku_not_found'; sku: string }
  | { code: 'sku_in_another_drop'; sku: string; drop: string }
  | { code: 'version_is_older'; expected: number; found: number }
  /** Leaves of a running drop keep buyers' counts; there can be more of them, never fewer. */
  | { code: 'leaves_may_only_grow'; leaves: number; requested: number }
  /** It was stopped, or its time is over: it will not go on. */
  | { code: 'drop_ended'; endedAt: number }
  | { code: 'drop_has_no_room'; drop: string }
