/** Zones of every kind, and expressions that like to lie near a clock change; for tests. */
import type { Random } from '../../domain/basics/random.ts'
import type { CronTiming } from '../../domain/schedule/calendar.ts'
import { zoneNamed, type Zone } from './zone.ts'

/** Half-hour change, change at midnight, two-hour change, odd offsets, a change for a month, none at all. */
export const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Asia/Beirut',
  'Antarctica/Troll',
  'Pacific/Chatham',
  'Africa/Casablanca',
  'America/St_Johns',
  'Europe/Dublin',
  'Asia/Kolkata',
  'UTC',
] as const

export const usual = (expression: string, zone: string): CronTiming => ({
  kind: 'cron',
  expression,
  zone,
  gap: 'usual',
  overlap: 'usual',
})

/** The clock changes of a zone from one instant to another, in order. */
export function changesBetween(name: string, from: number, until: number): number[] {
  const zone: Zone = zoneNamed(name)!
  const changes: number[] = []
  for (let at = zone.spanAt(from).until; at < until; at = zone.spanAt(at).until) {
    if (zone.offsetAt(at - 1) !== zone.offsetAt(at)) changes.push(at)
  }
  return changes
}

/** An expression that means something in the small hours more often than not. */
export function someExpression(random: Random): string {
  const below = (count: number) => Math.floor(random.fraction() * count)
  const one = <Value>(values: readonly Value[]): Value => values[below(values.length)]!
  const minute = one(['0', '15', '30', '45', '59', '*', '*/5', '*/20', '*/30', '10,40', '0-10', '5/15', '7-50/9'])
  const hour = one([
    '0',
    '1',
    '1',
    '2',
    '2',
    '2',
    '3',
    '3',
    '23',
    '*',
    '*/2',
    '*/3',
    '0-3',
    '1,2,3',
    '2,14',
    '0-23/2',
    '22-23',
  ])
  const day = one(['*', '*', '*', '*', 'L', '1-7', '15W', '*/2', '28'])
  const week = one(['*', '*', '*', '*', 'SUN', 'MON-FRI', '7#L', 'SUN#2', '+FRI'])
  const fields = [minute, hour, day, '*', week]
  return (below(4) === 0 ? [one(['0', '30', '*/20', '59']), ...fields] : fields).join(' ')
}
