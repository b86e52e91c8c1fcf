import { describe, expect, it } from 'vitest'
import { ORDINARY_TERMS, leavesPlanned, problemsOfDrop, statusAt, type DropDraft } from './drop.ts'

describe('the status of a drop', () => {
  const drop = { opensAt: 1_000, endsAt: 2_000, paused: false, free: 5, skus: ['A'] }

  it.each([
    [999, {}, 'scheduled'],
    [1_000, {}, 'open'],
    [1_999, {}, 'open'],
    [2_000, {}, 'ended'],
    [9_999, { endsAt: null }, 'open'],
    [1_500, { free: 0 }, 'sold_out'],
    [1_500, { paused: true, free: 0 }, 'paused'],
    [500, { paused: true }, 'paused'],
    [2_000, { paused: true }, 'ended'],
    [500, { free: 0 }, 'scheduled'],
    [1_500, { free: 0, skus: [] }, 'open'],
  ] as const)(
    '[DRP1] follows from the clock, the pause and what is left: at %i with %o it is %s',
    (now, more, status) => {
      expect(statusAt(now, { ...drop, ...more, skus: [...((more as { skus?: string[] }).skus ?? drop.skus)] })).toBe(
        status,
      )
    },
  )

  it('[DRP6] names everything that is wrong with a draft, and nothing about a right one', () => {
    const right: DropDraft = {
      ...{ slug: 'night-one', title: 'Night one', description: '', imageUrl: '', opensAt: 1, endsAt: 2, paused: false },
      ...{ unitsPerVisitorMax: null, holdDurationMs: null, skus: [], ...ORDINARY_TERMS },
      room: { insideMax: 1, admissionsPerMinute: 1, passDurationMs: 15_000, challenge: false, oneLotPerEmail: false },
      countries: ['AT'],
    }
    expect(problemsOfDrop(right)).toEqual([])
    const wrong: DropDraft = {
      ...{ ...right, slug: 'Night One', title: ' ', endsAt: 1, unitsPerVisitorMax: 0, holdDurationMs: 9_999 },
      ...{ expectedBuyers: -1, leavesWanted: 65, unitsPerOrderMax: 0, countries: [] },
      room: { insideMax: 0, admissionsPerMinute: 0.5, passDurationMs: 1, challenge: false, oneLotPerEmail: false },
    }
    expect(problemsOfDrop(wrong).map(({ field }) => field)).toEqual([
      'slug',
      'title',
      'ends_at',
      'units_per_visitor_max',
      'hold_duration_ms',
      'expected_buyers',
      'leaves',
      'units_per_order_max',
      'countries',
      'room/inside_max',
      'room/admissions_per_minute',
      'room/pass_duration_ms',
    ])
  })

  it.each([
    [0, 0],
    [1_999, 0],
    [2_000, 4],
    [20_000, 4],
    [20_001, 5],
    [100_000, 20],
    [10_000_000, 64],
  ])('[DRP11] a crowd of %d is planned to be served by %d leaves', (buyers, leaves) => {
    expect(leavesPlanned(buyers)).toBe(leaves)
  })

  it('[DRP1] that was stopped before it opened has ended', () => {
    expect(statusAt(900, { ...drop, endsAt: 800 })).toBe('ended')
  })
})
