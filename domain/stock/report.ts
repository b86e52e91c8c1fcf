/**
 * When the numbers of a SKU are told to the recorder, which writes them where pages read them.
 *
 * Not after every hold: at most once a second, since a page is seconds old anyway; but at once when the SKU sells out or
 * is for sale again, which is what people look for. A report stays due until the recorder has confirmed the numbers of
 * this version or a later one, so a lost message costs a delay and nothing else (SPEC STK9).
 */
import type { StockCount } from '../message/stock-desk.ts'

export interface StockReport {
  /** When the recorder is to be told next, in ms; null: it knows everything. */
  dueAt: number | null
  /** When it was last told. */
  sentAt: number
  /** How often it has been told since it last confirmed something. */
  attempts: number
}

export const NOTHING_TO_REPORT: StockReport = { dueAt: null, sentAt: 0, attempts: 0 }

/** Freshness that a shopper notices against messages that somebody pays for. */
export const REPORT_EVERY_MS = 1_000
/** Even the news of selling out waits this long for the one before it: around zero it may flip with every hold. */
export const URGENT_REPORT_EVERY_MS = 100
/** The recorder needs a second or two on a good day; ten minutes is what a database is sometimes away for. */
const UNCONFIRMED = { firstMs: 5_000, mostMs: 600_000 }

/** What is due after the numbers changed. */
export function reportAfter(report: StockReport, before: StockCount, after: StockCount, now: number): StockReport {
  if (before.version === after.version) return report
  const urgent = before.free > 0 !== after.free > 0
  const dueAt = urgent ? Math.max(now, report.sentAt + URGENT_REPORT_EVERY_MS) : now + REPORT_EVERY_MS
  return report.dueAt !== null && report.dueAt <= dueAt ? report : { ...report, dueAt }
}

/** What is due after the recorder was told: to tell it again, later each time, until it confirms. */
export const reportSent = (report: StockReport, now: number): StockReport => ({
  dueAt: now + Math.min(UNCONFIRMED.mostMs, UNCONFIRMED.firstMs * 2 ** Math.min(report.attempts, 30)),
  sentAt: now,
  attempts: report.attempts + 1,
})

/** What is due after the recorder confirmed a version. The confirmation of an old one may arrive late, or never. */
export function reportConfirmed(report: StockReport, count: StockCount, version: number, now: number): StockReport {
  if (report.dueAt === null) return report
  if (version >= count.version) return { ...report, dueAt: null, attempts: 0 }
  // It is there and listens, so what changed since need not wait for a back-off that was meant for one who does not.
  return { ...report, dueAt: Math.min(report.dueAt, now + REPORT_EVERY_MS), attempts: 0 }
}
