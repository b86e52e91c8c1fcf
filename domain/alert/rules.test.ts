import { describe, expect, it } from 'vitest'
import { findingsIn, sampleOf } from './rules.ts'
import { look, type Trouble } from './testing.ts'

const NOW = 10_000_000
const EARLIER = NOW - 600_000
const found = (trouble: Omit<Trouble, 'at'>, since: Trouble | null = { at: EARLIER }) =>
  findingsIn(look({ at: NOW, ...trouble }), since && sampleOf(look(since))).map(({ rule, subject, value }) =>
    [rule, subject, value].filter((part) => part !== '').join(' '),
  )

describe('what is worth telling', () => {
  it('[ALR1] is nothing while all is well', () => {
    expect(found({})).toEqual([])
    expect(found({ waitingSince: { critical: NOW }, dueAt: NOW + 1, ended: { a: [1000, 0] } })).toEqual([])
  })

  it.each([
    ['critical', 60],
    ['default', 300],
    ['bulk', 3600],
  ] as const)('[ALR1] is a job of the lane %s that has waited for more than %i seconds', (lane, most) => {
    expect(found({ waitingSince: { [lane]: NOW - most * 1000 } })).toEqual([])
    expect(found({ waitingSince: { [lane]: NOW - most * 1000 - 1 } })).toEqual([`queue_age ${lane} ${most + 0.001}`])
  })

  it('[ALR2] is a type of which more than a tenth fails, of twenty attempts or more in ten minutes', () => {
    expect(found({ ended: { a: [18, 2] } })).toEqual([])
    expect(found({ ended: { a: [17, 3] } })).toEqual(['failure_rate a 0.15'])
    expect(found({ ended: { a: [0, 19] } })).toEqual([])
  })

  it('[ALR2] does not hide behind types that never fail, nor behind yesterday', () => {
    const yesterday = { a: [100_000, 0], b: [500, 500] } as Record<string, [number, number]>
    const since = { at: EARLIER, ended: yesterday }
    expect(found({ ended: { a: [100_000, 30], b: [600, 500], c: [9000, 0] } }, since)).toEqual(['failure_rate a 1'])
  })

  it('[ALR2] judges no share before there is a look to compare with, nor one that lacks a part', () => {
    expect(found({ ended: { a: [0, 50] } }, null)).toEqual([])
    expect(found({ ended: { a: [0, 50] }, silent: 1 })).toEqual(['shards_silent 1'])
  })

  it('[ALR3] is any dead letter', () => {
    expect(found({ dead: 1 })).toEqual(['dead_letters 1'])
  })

  it('[ALR4] is a firing that was due more than a minute ago', () => {
    expect(found({ dueAt: NOW - 60_000 })).toEqual([])
    expect(found({ dueAt: NOW - 60_001 })).toEqual(['schedule_overdue 60.001'])
  })
})
