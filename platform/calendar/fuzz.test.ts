import { Cron } from 'croner'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../domain/basics/random.ts'
import type { CronTiming } from '../../domain/schedule/calendar.ts'
import { calendar } from './calendar.ts'
import { readExpression } from './expression.ts'
import { rulesFor } from './occurrences.ts'
import { changesBetween, someExpression, usual, ZONES } from './testing.ts'
import { zoneNamed } from './zone.ts'

/** `npm run calendar-fuzz` asks for 20,000. */
const CASES = Number(process.env['CASES'] ?? 800)
const SEED = Number(process.env['SEED'] ?? 20_261_122)
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

const random = seededRandom(SEED)
const one = <Value>(values: readonly Value[]): Value => values[Math.floor(random.fraction() * values.length)]!
const changes = new Map(
  ZONES.map((zone) => [zone, changesBetween(zone, Date.UTC(2024, 0), Date.UTC(2036, 0))] as const),
)

/** A timing, and an instant within three hours of a clock change, at any millisecond. */
function someCase(): { timing: CronTiming; after: number; change: number } {
  const zone = one(ZONES)
  const timing: CronTiming = {
    ...usual(someExpression(random), zone),
    gap: one(['usual', 'run_after', 'skip', 'run_before']),
    overlap: one(['usual', 'first', 'last', 'both']),
  }
  const change = one(changes.get(zone)!) ?? Date.UTC(2027, 5, 1, Math.floor(random.fraction() * 24))
  return { timing, change, after: change + Math.floor((random.fraction() - 0.5) * 6 * HOUR_MS) }
}

const told = ({ expression, zone, gap, overlap }: CronTiming, after: number) =>
  `${expression} in ${zone}, ${gap}, ${overlap}, after ${new Date(after).toISOString()}, seed ${SEED}`

describe(`the calendar, ${CASES} times near a clock change`, () => {
  it('[SCD4] never names an instant that has passed, never one twice, and the same from wherever one looks', () => {
    for (let i = 0; i < CASES; i++) {
      const { timing, after } = someCase()
      const next = calendar.next(timing, after)!
      const second = calendar.next(timing, next)!
      expect(next, told(timing, after)).toBeGreaterThan(after)
      expect(second, told(timing, after)).toBeGreaterThan(next)
      const between = after + Math.floor(random.fraction() * (next - after))
      expect(calendar.next(timing, between), told(timing, between)).toBe(next)
      expect(calendar.next(timing, next - 1), told(timing, next - 1)).toBe(next)
    }
  })

  it('[SCD2] agrees under the usual rule with croner’s own zones', () => {
    for (let i = 0; i < CASES; i++) {
      const { timing, after } = someCase()
      const { expression, zone } = timing
      const croner = new Cron(expression, { timezone: zone, fixedTimeRule: 'no-wildcard', sloppyRanges: true })
      const asked = usual(expression, zone)
      expect(calendar.next(asked, after), told(asked, after)).toBe(croner.nextRun(new Date(after))!.getTime())
    }
  })

  it('[SCD3] keeps every rule as somebody would who looks at the clock each minute', () => {
    for (let i = 0; i < CASES / 20; i++) {
      const { timing, change } = someCase()
      if (timing.expression.split(' ').length === 6) continue
      const [from, until] = [change - 5 * HOUR_MS, change + 5 * HOUR_MS]
      const firings: number[] = []
      for (let at = calendar.next(timing, from - 1)!; at < until; at = calendar.next(timing, at)!) firings.push(at)
      expect(firings, told(timing, from)).toEqual(byLookingAtTheClock(timing, change, from, until))
    }
  })
})

/** Every minute's wall time is looked up; those that never came, or came twice, are treated by the rule. */
function byLookingAtTheClock(
  { expression, zone, gap, overlap }: CronTiming,
  change: number,
  from: number,
  until: number,
) {
  const read = readExpression(expression)
  if ('problem' in read) throw new Error(read.problem)
  const rules = rulesFor(read, gap, overlap)
  const clock = zoneNamed(zone)!
  const instantsOf = new Map<number, number[]>()
  // An hour more on both sides: a wall time near the edge may have its other pass out there.
  for (let at = from - 3 * HOUR_MS; at < until + 3 * HOUR_MS; at += MINUTE_MS) {
    const wall = at + clock.offsetAt(at)
    instantsOf.set(wall, [...(instantsOf.get(wall) ?? []), at])
  }
  const firings = new Set<number>()
  const walls = [...instantsOf.keys()].sort((a, b) => a - b)
  for (let wall = walls[0]!; wall <= walls.at(-1)!; wall += MINUTE_MS) {
    if (read.slotAfter(wall - 1) !== wall) continue
    const [first, second] = instantsOf.get(wall) ?? []
    if (first === undefined) {
      if (rules.gap === 'run_after') firings.add(change)
      if (rules.gap === 'run_before') firings.add(change - MINUTE_MS)
    } else if (second === undefined) firings.add(first)
    else {
      if (rules.overlap !== 'last') firings.add(first)
      if (rules.overlap !== 'first') firings.add(second)
    }
  }
  return [...firings].filter((at) => at >= from && at < until).sort((a, b) => a - b)
}
