/** When cron fires, by croner and the runtime's zones: the calendar that the keeper of schedules is given. */
import { assert } from '../../domain/basics/assert.ts'
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import type { Calendar, CronTiming } from '../../domain/schedule/calendar.ts'
import { readExpression, type Expression } from './expression.ts'
import { occurrences, rulesFor, type Occurrence, type Rules } from './occurrences.ts'
import { zoneNamed, type Zone } from './zone.ts'

export type TimingRefusal = { code: 'expression_not_valid'; problem: string } | { code: 'zone_not_known'; zone: string }

interface Read {
  expression: Expression
  zone: Zone
  rules: Rules
}

/** Whether a cron timing can be kept. Whoever saves one asks first: what cannot be read must not be found out at its hour. */
export function checkCron(timing: CronTiming): Decision<Read, TimingRefusal> {
  const expression = readExpression(timing.expression)
  if ('problem' in expression) return refuse({ code: 'expression_not_valid', problem: expression.problem })
  const zone = zoneNamed(timing.zone)
  if (!zone) return refuse({ code: 'zone_not_known', zone: timing.zone })
  return accept({ expression, zone, rules: rulesFor(expression, timing.gap, timing.overlap) })
}

/** Safe to share: it keeps nothing but what it has read before. */
export const calendar: Calendar = {
  next(timing, after) {
    for (const one of occurrencesAfter(timing, after)) if (one.kind === 'fires') return one.at
    return null
  },
}

/** Beyond it nobody knows the clock changes, and a plan for each leap day that is a Monday would take long to look up. */
const HORIZON_MS = 30 * 366 * 86_400_000

/**
 * The next firings, and between them what a clock change takes away; `count` firings in all, fewer when there are no more
 * within thirty years. The first is there however far away it is.
 */
export function nextOccurrences(timing: CronTiming, after: number, count: number): Occurrence[] {
  const found: Occurrence[] = []
  let firings = 0
  for (const one of occurrencesAfter(timing, after)) {
    if (firings === count || (firings > 0 && one.at > after + HORIZON_MS)) break
    found.push(one)
    if (one.kind === 'fires') firings += 1
  }
  return found
}

function occurrencesAfter(timing: CronTiming, after: number): Generator<Occurrence> {
  const read = checkCron(timing)
  assert(read.ok, `a timing was checked when it was saved: ${timing.expression} in ${timing.zone}`)
  const { expression, zone, rules } = read.value
  return occurrences(expression, zone, rules, after)
}
