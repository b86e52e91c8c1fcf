/**
 * The same rules for Prometheus, made of the same thresholds: docs/operating/prometheus-rules.yml is written by
 * `npm run docs:alerts`, and a test says when it was forgotten.
 */
import { LANES } from '../job/job.ts'
import { DEAD_LETTERS_MOST, FAILURE_RATE, OVERDUE_MOST_S, QUEUE_AGE_MOST_S, SILENT_FOR_MS } from './rules.ts'

interface PrometheusRule {
  name: string
  expression: string
  /** For so long before it fires. */
  forSeconds: number
  severity: 'page' | 'ticket'
  summary: string
}

const WINDOW = `${FAILURE_RATE.windowMs / 60_000}m`
const FAILED = `sum by (type) (increase(job_attempts_failed_total[${WINDOW}]))`
const ENDED = `(${FAILED} + sum by (type) (increase(jobs_succeeded_total[${WINDOW}])))`

const RULES: readonly PrometheusRule[] = [
  ...LANES.map((lane) => ({
    name: `OnrushQueueAge${lane[0]!.toUpperCase()}${lane.slice(1)}`,
    expression: `queue_oldest_age_seconds{lane="${lane}"} > ${QUEUE_AGE_MOST_S[lane]}`,
    forSeconds: 0,
    severity: lane === 'bulk' ? ('ticket' as const) : ('page' as const),
    summary: `The oldest job in the lane ${lane} has waited {{ $value | humanizeDuration }}.`,
  })),
  {
    name: 'OnrushJobsFail',
    expression: `${FAILED} / ${ENDED} > ${FAILURE_RATE.most} and ${ENDED} >= ${FAILURE_RATE.attemptsLeast}`,
    forSeconds: 0,
    severity: 'ticket',
    summary: '{{ $value | humanizePercentage }} of the attempts of {{ $labels.type }} fail.',
  },
  {
    name: 'OnrushDeadLetters',
    expression: `dead_letters > ${DEAD_LETTERS_MOST}`,
    forSeconds: 0,
    severity: 'ticket',
    summary: '{{ $value }} jobs were given up on: /console/dead-letters.',
  },
  {
    name: 'OnrushScheduleOverdue',
    expression: `schedule_overdue_seconds > ${OVERDUE_MOST_S}`,
    forSeconds: 0,
    severity: 'page',
    summary: 'A schedule should have fired {{ $value | humanizeDuration }} ago and has not.',
  },
  {
    name: 'OnrushJobShardsSilent',
    expression: 'job_shards_silent > 0',
    forSeconds: SILENT_FOR_MS / 1000,
    severity: 'page',
    summary: '{{ $value }} of the objects that keep the jobs do not answer.',
  },
]

/** The text of the file. */
export const prometheusRules = (): string =>
  [
    '# Written by `npm run docs:alerts` from domain/alert/rules.ts, whose thresholds these are; never by hand.',
    'groups:',
    '  - name: onrush',
    '    rules:',
    ...RULES.flatMap(({ name, expression, forSeconds, severity, summary }) => [
      `      - alert: ${name}`,
      `        expr: '${expression}'`,
      ...(forSeconds === 0 ? [] : [`        for: ${forSeconds}s`]),
      '        labels:',
      `          severity: ${severity}`,
      '        annotations:',
      `          summary: '${summary}'`,
    ]),
    '',
  ].join('\n')
