import { describe, expect, it } from 'vitest'
import { aroundChanges } from './schedule-preview.tsx'

const around = (expression: string, zone: string, now: string): string[] =>
  aroundChanges(
    {
      timing: { kind: 'cron', expression, zone, gap: 'usual', overlap: 'usual' },
      ...{ startsAt: null, endsAt: null, blackouts: [] },
    },
    Date.parse(now),
  ).map(({ planned, affected }) => `${planned} ${affected}`)

describe('a preview', () => {
  it('[JBD6] shows what the next two changes of the clock do to it, and nothing of later ones', () => {
    expect(around('30 2 * * *', 'Europe/Berlin', '2026-11-22T04:00Z')).toEqual([
      '2027-03-28T02:30:00 moved_after_gap',
      '2027-10-31T02:30:00 first_of_two',
      '2027-10-31T02:30:00 skipped_second_of_two',
    ])
  })

  it('[JBD6] shows a few of the many that a change touches, and nothing where none does', () => {
    expect(around('* * * * *', 'Europe/Berlin', '2026-11-22T04:00Z').map((one) => one.slice(0, 10))).toEqual([
      ...['2027-03-28', '2027-10-31', '2027-10-31', '2027-10-31'],
    ])
    expect(around('0 12 * * *', 'Europe/Berlin', '2026-11-22T04:00Z')).toEqual([])
    expect(around('30 2 * * *', 'UTC', '2026-11-22T04:00Z')).toEqual([])
  })
})
