import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { CronTiming } from '../../domain/schedule/calendar.ts'
import { calendar, checkCron, nextOccurrences } from './calendar.ts'
import { readExpression } from './expression.ts'
import { usual } from './testing.ts'
import { rulesInWords, wordsFor } from './words.ts'

/** `27. 02:30 at 01:30Z`, one line a firing; what is skipped in brackets. */
function plan(timing: CronTiming, after: string, count: number): string[] {
  return nextOccurrences(timing, Date.parse(after), count).map((one) => {
    const wall = new Date(one.wall).toISOString()
    const at = new Date(one.at).toISOString().slice(11, 16)
    const line = `${wall.slice(8, 10)}. ${wall.slice(11, 16)} at ${at}Z${one.change ? ` ${one.change}` : ''}`
    return one.kind === 'fires' ? line : `(${line} ${one.slots})`
  })
}

const nightly = usual('30 2 * * *', 'Europe/Berlin')
const BEFORE_SPRING = '2027-03-27T12:00Z'
const BEFORE_AUTUMN = '2027-10-30T12:00Z'
const NEW_YORK_SPRING = '2026-03-08T06:15Z'
const NEW_YORK_AUTUMN = '2026-11-01T04:45Z'

describe('expressions', () => {
  it.each([
    ['*/15 * * * *', '2026-11-22T10:15:00.000Z'],
    ['*/20 * * * * *', '2026-11-22T10:00:20.000Z'],
    ['5/15 * * * *', '2026-11-22T10:05:00.000Z'],
    ['0 9 * JAN MON', '2027-01-04T09:00:00.000Z'],
    ['0 0 L * *', '2026-11-30T00:00:00.000Z'],
    ['0 0 * * 5#L', '2026-11-27T00:00:00.000Z'],
    ['0 0 * * FRI#2', '2026-12-11T00:00:00.000Z'],
    ['0 0 15W 8 *', '2027-08-16T00:00:00.000Z'],
    ['0 12 13 * FRI', '2026-11-27T12:00:00.000Z'],
    ['0 12 13 * +FRI', '2027-08-13T12:00:00.000Z'],
    ['@monthly', '2026-12-01T00:00:00.000Z'],
  ])('[SCD1] have five fields or six, names, L, #, W and nicknames: %s', (expression, next) => {
    const after = Date.parse('2026-11-22T10:00Z')
    expect(new Date(calendar.next(usual(expression, 'UTC'), after)!).toISOString()).toBe(next)
  })

  it.each([
    ['', 'space separated'],
    ['* * * *', 'five'],
    ['0 0 0 1 1 * 2027', '5-or-6'],
    ['61 * * * *', 'minute: 61'],
    ['*/999 * * * *', 'greater than'],
    ['@reboot', 'not supported'],
    ['0 0 30 2 *', 'No day'],
    [`0 0 * * ${'1,'.repeat(200)}1`, 'at most'],
  ])('[SCD1] are refused with the reason: %#', (expression, problem) => {
    const checked = checkCron(usual(expression, 'UTC'))
    expect(checked).toMatchObject({ ok: false, refusal: { code: 'expression_not_valid' } })
    expect(JSON.stringify(checked)).toContain(problem)
  })

  it.each(['Europe/Atlantis', '+02:00', '', 'CEST/../x', 'x'.repeat(100)])(
    '[SCD1] want a zone that exists: %#',
    (zone) => {
      expect(checkCron(usual('@daily', zone))).toEqual({ ok: false, refusal: { code: 'zone_not_known', zone } })
    },
  )
})

describe('a clock change', () => {
  it('[SCD2] lets a fixed time run right after a gap, and once when it comes twice', () => {
    expect(plan(nightly, BEFORE_SPRING, 2)).toEqual(['28. 02:30 at 01:00Z moved_after_gap', '29. 02:30 at 00:30Z'])
    expect(plan(nightly, BEFORE_AUTUMN, 2)).toEqual([
      '31. 02:30 at 00:30Z first_of_two',
      '(31. 02:30 at 01:30Z second_of_two 1)',
      '01. 02:30 at 01:30Z',
    ])
  })

  it('[SCD2] takes a list of hours for fixed times as well', () => {
    const twice = usual('30 2,14 * * *', 'America/New_York')
    expect(plan(twice, NEW_YORK_SPRING, 2)).toEqual(['08. 02:30 at 07:00Z moved_after_gap', '08. 14:30 at 18:30Z'])
  })

  it('[SCD2] lets an interval go on in real time', () => {
    const halfHourly = usual('*/30 * * * *', 'America/New_York')
    expect(plan(halfHourly, NEW_YORK_SPRING, 3)).toEqual([
      '08. 01:30 at 06:30Z',
      '(08. 02:00 at 07:00Z in_gap 2)',
      '08. 03:00 at 07:00Z',
      '08. 03:30 at 07:30Z',
    ])
    expect(plan(halfHourly, NEW_YORK_AUTUMN, 5).map((line) => line.slice(4))).toEqual([
      '01:00 at 05:00Z first_of_two',
      '01:30 at 05:30Z first_of_two',
      '01:00 at 06:00Z second_of_two',
      '01:30 at 06:30Z second_of_two',
      '02:00 at 07:00Z',
    ])
  })

  it('[SCD2] fires once where several times meet at the end of a gap', () => {
    const meeting = usual('0,30 2-3 * * *', 'Europe/Berlin')
    expect(plan(meeting, BEFORE_SPRING, 2)).toEqual(['28. 02:00 at 01:00Z moved_after_gap', '28. 03:30 at 01:30Z'])
  })

  it.each([
    ['run_after', ['28. 02:30 at 01:00Z moved_after_gap']],
    ['skip', ['(28. 02:30 at 01:00Z in_gap 1)', '29. 02:30 at 00:30Z']],
    ['run_before', ['28. 02:30 at 00:59Z moved_before_gap']],
  ] as const)('[SCD3] may be told what a gap does: %s', (gap, expected) => {
    expect(plan({ ...nightly, gap }, BEFORE_SPRING, 1)).toEqual(expected)
  })

  it.each([
    ['first', ['31. 02:30 at 00:30Z first_of_two']],
    ['last', ['(31. 02:30 at 00:30Z first_of_two 1)', '31. 02:30 at 01:30Z second_of_two']],
    ['both', ['31. 02:30 at 00:30Z first_of_two', '31. 02:30 at 01:30Z second_of_two']],
  ] as const)('[SCD3] may be told what an hour that comes twice does: %s', (overlap, expected) => {
    expect(plan({ ...nightly, overlap }, BEFORE_AUTUMN, expected.length === 2 && overlap === 'both' ? 2 : 1)).toEqual(
      expected,
    )
  })

  it.each([
    [
      'by half an hour',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T12:00Z',
      '04. 02:15 at 15:30Z moved_after_gap',
    ],
    ['at midnight', '0 0 * * *', 'America/Santiago', '2026-09-05T12:00Z', '06. 00:00 at 04:00Z moved_after_gap'],
    ['by two hours', '30 2 * * *', 'Antarctica/Troll', '2026-03-28T12:00Z', '29. 02:30 at 01:00Z moved_after_gap'],
    ['at 02:45', '50 2 * * *', 'Pacific/Chatham', '2026-09-26T00:00Z', '27. 02:50 at 14:00Z moved_after_gap'],
    ['in no summer', '30 2 * * *', 'Asia/Kolkata', '2026-03-28T12:00Z', '29. 02:30 at 21:00Z'],
  ])('[SCD2] is understood %s', (_, expression, zone, after, expected) => {
    expect(plan(usual(expression, zone), after, 1)).toEqual([expected])
  })
})

describe('words', () => {
  const words = async (text: string) => {
    const read = readExpression(text)
    return 'problem' in read ? read.problem : wordsFor(read)
  }

  it.each([
    ['30 2 * * *', 'At 02:30, every day'],
    ['0 0 * * 5#L', 'At 00:00, on the last Friday of the month'],
    ['? * * * *', 'Every minute, every hour, every day'],
    ['@daily', 'At 00:00, every day'],
    ['0 12 13 * +FRI', 'At 12:00, on day 13 of the month, and on Friday; only on days that are both'],
  ])('[SCD7] say what an expression does: %s', async (expression, expected) => {
    expect(await words(expression)).toBe(expected)
  })

  it('[SCD7] do not take a date and a day of the week for both of them', async () => {
    expect(await words('0 12 13 * FRI')).toBe(
      'At 12:00, on day 13 of the month; and also: At 12:00, only on Friday; either is enough',
    )
  })

  it('[SCD7] say what a clock change does', () => {
    expect(rulesInWords({ gap: 'run_after', overlap: 'first' })).toBe(
      'A time that a clock change leaves out runs right after it; one that comes twice runs the first time.',
    )
  })
})

const SHARED = new URL('../../../shared/data/cron-dst-sequences.json', import.meta.url)
const hasShared = existsSync(SHARED)
if (!hasShared) console.warn('The folder ../shared/data is absent: its cron sequences are not followed here.')

interface Sequence {
  tz: string
  expr: string
  after: string
  expected: string[]
}

describe.runIf(hasShared)('the published sequences', () => {
  const sequences = hasShared ? (JSON.parse(readFileSync(SHARED, 'utf8')) as Sequence[]) : []

  const follows = ({ tz, expr, after, expected }: Sequence): boolean => {
    let at = Date.parse(after)
    return expected.every((instant) => (at = calendar.next(usual(expr, tz), at)!) === Date.parse(instant))
  }

  it('[SCD5] are followed, but for steps that never come round and hours with a step', () => {
    const [readable, refused] = [true, false].map((ok) =>
      sequences.filter(({ expr, tz }) => checkCron(usual(expr, tz)).ok === ok),
    )
    const others = readable!.filter((sequence) => !follows(sequence))
    expect(sequences.length).toBe(451)
    expect(refused!.filter(({ expr }) => !expr.includes('*/999'))).toEqual([])
    expect(others.map(({ expr }) => expr)).toEqual(Array(4).fill('0 0-23/2 * * *'))
    expect(readable!.length - others.length).toBe(427)
  })
})
