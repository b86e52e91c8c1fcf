import { describe, expect, it } from 'vitest'
import type { StockCount } from '../message/stock-desk.ts'
import { NOTHING_TO_REPORT, REPORT_EVERY_MS, reportAfter, reportConfirmed, reportSent } from './report.ts'
import { emptyCount } from './stock.ts'
import { NOON, holdMove, openStock } from './testing.ts'

const count = (version: number, free = 5): StockCount => ({ ...emptyCount('sku'), free, version })

describe('telling the recorder', () => {
  it('[STK9] gathers the changes of a second', () => {
    const first = reportAfter(NOTHING_TO_REPORT, count(1), count(2), NOON)
    expect(first.dueAt).toBe(NOON + REPORT_EVERY_MS)
    expect(reportAfter(first, count(2), count(3), NOON + 900)).toEqual(first)
  })

  it('[STK9] says nothing when nothing changed', () => {
    expect(reportAfter(NOTHING_TO_REPORT, count(2), count(2), NOON)).toBe(NOTHING_TO_REPORT)
  })

  it.each([
    ['sells out', count(1, 1), count(2, 0)],
    ['is for sale again', count(1, 0), count(2, 1)],
  ])('[STK9] waits no second when a SKU %s', (_what, before, after) => {
    const pending = { ...NOTHING_TO_REPORT, dueAt: NOON + 700 }
    expect(reportAfter(pending, before, after, NOON).dueAt).toBe(NOON)
  })

  it('[STK9] sends ten messages a second at most while the last unit goes to and fro', () => {
    const sent = reportSent(NOTHING_TO_REPORT, NOON)
    expect(reportAfter(sent, count(1, 1), count(2, 0), NOON + 1).dueAt).toBe(NOON + 100)
  })

  it('[STK9] repeats itself with growing patience', () => {
    let report = reportSent(NOTHING_TO_REPORT, NOON)
    const waits = [report.dueAt! - NOON]
    for (let i = 0; i < 9; i++) {
      const now = report.dueAt!
      report = reportSent(report, now)
      waits.push(report.dueAt! - now)
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600, 600].map((seconds) => seconds * 1_000))
  })

  it('[STK9] rests when these or later numbers are confirmed, and goes on when older ones are', () => {
    const sent = reportSent(reportSent(NOTHING_TO_REPORT, NOON), NOON)
    expect(reportConfirmed(sent, count(7), 7, NOON)).toMatchObject({ dueAt: null, attempts: 0 })
    expect(reportConfirmed(sent, count(7), 6, NOON)).toMatchObject({ dueAt: NOON + REPORT_EVERY_MS, attempts: 0 })
  })

  it('[STK9] is told by the keeper once, and again if nobody confirms', () => {
    const { clock, keeper } = openStock({ units: 5 }) // sold out no more: due at once
    expect(keeper.takeReport()).toEqual({ storeId: 'store_test', sku: 'runner-42' })
    expect(keeper.takeReport()).toBeNull()
    keeper.ask([holdMove()])
    expect(keeper.nextReportDue()).toBe(NOON + REPORT_EVERY_MS)
    clock.at = NOON + REPORT_EVERY_MS
    expect(keeper.takeReport()).not.toBeNull()
    clock.at = keeper.nextReportDue()!
    expect(keeper.takeReport()).not.toBeNull()
    keeper.reported(keeper.count()!.version)
    expect(keeper.nextReportDue()).toBeNull()
  })
})
