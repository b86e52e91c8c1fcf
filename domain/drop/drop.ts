/**
 * A drop: an on-sale with its own rules. Its status is nobody's column: it follows from the clock, from the operator's
 * pause and from what is left, so no job must run at the instant it opens. The stock objects judge by the same rules
 * (domain/message/stock-desk.ts, Offer); what is shown here may be seconds old, what they say is not.
 */
import type { ProductCard } from '../catalog/product.ts'

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
}

export interface Drop extends DropDraft {
  id: string
  /** Units of all its SKUs: to begin with and adjusted, and still free. Seconds old. */
  total: number
  free: number
  version: number
  updatedAt: number
}

export interface DropWithProducts {
  drop: Drop
  products: ProductCard[]
}

/** What becomes of a drop at this instant. An end beats everything; a pause beats being sold out, since units may come. */
export function statusAt(now: number, drop: Pick<Drop, 'opensAt' | 'endsAt' | 'paused' | 'free' | 'skus'>): DropStatus {
  if (drop.endsAt !== null && now >= drop.endsAt) return 'ended'
  if (drop.paused) return 'paused'
  if (now < drop.opensAt) return 'scheduled'
  return drop.free <= 0 && drop.skus.length > 0 ? 'sold_out' : 'open'
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
  return problems
}

export const HOLD_DURATION_MIN_MS = 10_000
export const HOLD_DURATION_MAX_MS = 86_400_000

export type DropRefusal =
  | { code: 'drop_not_found'; drop: string }
  | { code: 'slug_taken'; slug: string }
  | { code: 'sku_not_found'; sku: string }
  | { code: 'sku_in_another_drop'; sku: string; drop: string }
  | { code: 'version_is_older'; expected: number; found: number }
