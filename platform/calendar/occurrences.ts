/**
 * What becomes of an expression's wall times in a zone, in the order of real time. Twice a year a zone's clock is moved:
 * some wall times then do not exist (a gap), others come twice. Within a span of one offset (zone.ts) wall times and
 * instants are one to one; all that is special happens at a span's two ends.
 *
 * The usual rule is that of Unix cron: what names its hours, minutes and seconds runs right after a gap and once, at the
 * first pass, when the hour comes twice; what has a wildcard or a step runs in real time: not in the gap, and in both
 * passes. Each schedule may choose otherwise.
 */
import type { GapRule, OverlapRule } from '../../domain/message/schedule-desk.ts'
import type { Expression } from './expression.ts'
import type { Span, Zone } from './zone.ts'

const DAY_MS = 86_400_000

export type Occurrence =
  /** `wall` is what the expression said, as if it were UTC; `change` null: an ordinary day. */
  | { kind: 'fires'; at: number; wall: number; change: Moved | Pass | null }
  /** `slots` wall times from `wall` on, all for the same reason; `at` is the clock change, or the first instant left out. */
  | { kind: 'skipped'; at: number; wall: number; slots: number; change: 'in_gap' | Pass }

export type Moved = 'moved_after_gap' | 'moved_before_gap'
export type Pass = 'first_of_two' | 'second_of_two'

export interface Rules {
  gap: Exclude<GapRule, 'usual'>
  overlap: Exclude<OverlapRule, 'usual'>
}

/** The rules in plain words, once it is known what kind of expression they are for. */
export function rulesFor({ isFixedTime }: Expression, gap: GapRule, overlap: OverlapRule): Rules {
  return {
    gap: gap === 'usual' ? (isFixedTime ? 'run_after' : 'skip') : gap,
    overlap: overlap === 'usual' ? (isFixedTime ? 'first' : 'both') : overlap,
  }
}

/**
 * Everything strictly after an instant, for ever. Firings come in strictly growing order, none twice, and the same
 * whatever instant one begins to look from.
 */
export function* occurrences(expression: Expression, zone: Zone, rules: Rules, after: number): Generator<Occurrence> {
  let told = after
  for (;;) {
    const span = zone.spanAt(told + 1)
    const slot = expression.slotAfter(told + span.offsetMs)
    if (slot === null) return
    // Nothing before the slot, whatever the clock does by then: a day is more than any change, either way.
    const near = slot - span.offsetMs - 3 * DAY_MS
    if (near > span.until && span.until - told > DAY_MS) {
      told = near
      continue
    }
    yield* inSpan(expression, zone, rules, span, told)
    told = span.until - 1
  }
}

function* inSpan(expression: Expression, zone: Zone, rules: Rules, span: Span, after: number): Generator<Occurrence> {
  const { from, until, offsetMs } = span
  const before = zone.offsetAt(from - 1)
  const next = zone.offsetAt(until)
  const opening = from > after ? gapAt(expression, from + before, from + offsetMs) : undefined
  if (opening && rules.gap === 'run_after') yield { kind: 'fires', at: from, ...moved(opening, 'moved_after_gap') }
  if (opening && rules.gap === 'skip') yield { kind: 'skipped', at: from, ...opening, change: 'in_gap' }

  const ahead = rules.gap === 'run_before' ? gapAt(expression, until + offsetMs, until + next) : undefined
  let early = ahead && until - expression.unitMs > after ? until - expression.unitMs : undefined
  const mergedAt = opening && rules.gap === 'run_after' ? from : undefined
  let skipped: Extract<Occurrence, { kind: 'skipped' }> | undefined

  for (const wall of slotsBetween(expression, Math.max(from, after + 1) + offsetMs, until + offsetMs)) {
    const at = wall - offsetMs
    if (at === mergedAt) continue
    const pass = passOf(wall, { from, until, offsetMs, before, next })
    if (
      (pass === 'second_of_two' && rules.overlap === 'first') ||
      (pass === 'first_of_two' && rules.overlap === 'last')
    ) {
      if (skipped) skipped.slots += 1
      else skipped = { kind: 'skipped', at, wall, slots: 1, change: pass }
      continue
    }
    if (skipped) yield skipped
    skipped = undefined
    // What is moved there meets what is there; nothing lies between it and the gap, which is one unit away.
    if (at === early) early = undefined
    yield { kind: 'fires', at, wall, change: pass }
  }
  if (skipped) yield skipped
  if (early !== undefined) yield { kind: 'fires', at: early, ...moved(ahead!, 'moved_before_gap') }
}

const moved = ({ wall }: { wall: number }, change: Moved) => ({ wall, change })

/** The first of the wall times in a gap, and how many there are. */
function gapAt(expression: Expression, from: number, until: number): { wall: number; slots: number } | undefined {
  let gap: { wall: number; slots: number } | undefined
  for (const wall of slotsBetween(expression, from, until))
    gap = { wall: gap?.wall ?? wall, slots: (gap?.slots ?? 0) + 1 }
  return gap
}

/** Wall times from `from`, inclusive, to `until`, exclusive. */
function* slotsBetween(expression: Expression, from: number, until: number): Generator<number> {
  if (from >= until) return
  let wall = expression.slotAfter(from - 1)
  while (wall !== null && wall < until) {
    yield wall
    wall = expression.slotAfter(wall)
  }
}

/** Whether a wall time comes twice, and which of the two this is; null: it comes once. */
function passOf(
  wall: number,
  { from, until, offsetMs, before, next }: Span & { before: number; next: number },
): Pass | null {
  if (before > offsetMs && wall < from + before) return 'second_of_two'
  if (next < offsetMs && wall >= until + next) return 'first_of_two'
  return null
}
