import { describe, expect, it } from 'vitest'
import { problemsOfDrop, statusAt, type DropDraft } from './drop.ts'

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
      ...{ unitsPerVisitorMax: null, holdDurationMs: null, skus: [] },
    }
    expect(problemsOfDrop(right)).toEqual([])
    const wrong = { ...right, slug: 'Night One', title: ' ', endsAt: 1, unitsPerVisitorMax: 0, holdDurationMs: 9_999 }
    expect(problemsOfDrop(wrong).map(({ field }) => field)).toEqual([
      'slug',
      'title',
      'ends_at',
      'units_per_visitor_max',
      'hold_duration_ms',
    ])
  })
})
