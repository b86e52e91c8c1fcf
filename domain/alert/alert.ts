/**
 * An alert begins when something has been past its threshold for as long as its rule is patient, and ends when it no longer
 * is. Somebody is told of both, once, however often it was looked at in between.
 */
import { patienceMsOf, type AlertRule, type Finding } from './rules.ts'

export interface Alert {
  rule: AlertRule
  subject: string
  /** As of the last look that found it. */
  value: number
  most: number
  /** When it was first found, ms. */
  foundAt: number
  /** When it began, ms; null: it has not lasted long enough yet, and nobody was told. */
  beganAt: number | null
}

/** Somebody is to be told that an alert has begun or ended. */
export interface Notice {
  /** Of this change and no other; a receiver that hears it twice can tell. */
  id: string
  at: number
  kind: 'began' | 'ended'
  rule: AlertRule
  subject: string
  value: number
  most: number
}

export interface Move {
  /** All there are from now on. */
  alerts: Alert[]
  notices: Notice[]
}

/** `isWhole`: everybody answered. What was not seen has not ended. */
export function decideAlerts(
  known: readonly Alert[],
  findings: readonly Finding[],
  now: number,
  isWhole: boolean,
): Move {
  const alerts: Alert[] = []
  const notices: Notice[] = []
  for (const finding of findings) {
    const before = known.find((alert) => isOf(alert, finding))
    const foundAt = before?.foundAt ?? now
    const lasts = now - foundAt >= patienceMsOf(finding.rule)
    const alert = { ...finding, foundAt, beganAt: before?.beganAt ?? (lasts ? now : null) }
    if (alert.beganAt !== null && (before?.beganAt ?? null) === null) notices.push(noticeOf('began', alert, now))
    alerts.push(alert)
  }
  for (const alert of known) {
    if (findings.some((finding) => isOf(alert, finding))) continue
    if (!isWhole && alert.rule !== 'shards_silent') alerts.push(alert)
    else if (alert.beganAt !== null) notices.push(noticeOf('ended', alert, now))
  }
  return { alerts, notices }
}

const isOf = (alert: Alert, { rule, subject }: Finding): boolean => alert.rule === rule && alert.subject === subject

const noticeOf = (kind: Notice['kind'], { rule, subject, value, most }: Alert, at: number): Notice => ({
  ...{ id: `${rule}/${subject}/${kind}/${at}`, at, kind, rule, subject, value, most },
})
