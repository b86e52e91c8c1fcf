/** Schedules, as the API says them. Spans of time are seconds, fractions allowed; instants are RFC 3339. */
import { z } from '@hono/zod-openapi'
import { EXPRESSION_LENGTH_MAX } from '../platform/calendar/expression.ts'
import { JobLane, JobRequest } from './job-schemas.ts'
import { Instant, text } from './schemas.ts'

const YEAR_S = 366 * 86_400
/** Calendars know the clock changes of these years, more or less. */
const FIRST_INSTANT = Date.UTC(2000, 0)
const LAST_INSTANT = Date.UTC(2200, 0)
export const PREVIEW_MOST = 100

const isBetween = (at: number): boolean => at >= FIRST_INSTANT && at < LAST_INSTANT

const PlanInstant = Instant.refine((instant) => isBetween(Date.parse(instant)), {
  message: 'must lie between 2000 and 2200',
})

const seconds = (least: number, most: number) => z.number().min(least).max(most)

const Cron = z.strictObject({
  kind: z.literal('cron'),
  expression: z.string().max(EXPRESSION_LENGTH_MAX).openapi({
    description: 'Five fields, or six with the seconds first; names, `L`, `#`, `W`, `+`, and nicknames as `@daily`.',
    example: '30 2 * * *',
  }),
  zone: z.string().max(64).default('UTC').openapi({ description: 'An IANA name.', example: 'Europe/Berlin' }),
  gap: z.enum(['usual', 'run_after', 'skip', 'run_before']).default('usual').openapi({
    description:
      'A wall time that a clock change leaves out. Usual: a fixed time runs right after it, an interval not.',
  }),
  overlap: z.enum(['usual', 'first', 'last', 'both']).default('usual').openapi({
    description: 'A wall time that comes twice. Usual: a fixed time runs the first time, an interval both times.',
  }),
})

const Interval = z.strictObject({
  kind: z.literal('interval'),
  every: seconds(1, YEAR_S).openapi({ description: 'Seconds.' }),
  anchor: PlanInstant.optional().openapi({ description: 'From which it is counted. Left out: from its making.' }),
})

const Once = z.strictObject({ kind: z.literal('once'), at: PlanInstant })

const OfDrop = z.strictObject({
  kind: z.literal('drop'),
  drop: z.string().min(1).max(200).openapi({ description: 'Its id or slug.' }),
  moment: z.enum(['opening', 'sold_out', 'end']),
  offset: seconds(-YEAR_S, YEAR_S).default(0).openapi({ description: 'Seconds; -86400 is a day before it.' }),
})

/** When it fires. */
export const ScheduleTiming = z.discriminatedUnion('kind', [Cron, Interval, Once, OfDrop]).openapi('ScheduleTiming')
export type TimingAsked = z.infer<typeof ScheduleTiming>

const Misfire = z
  .strictObject({
    policy: z.enum(['skip', 'once', 'all']).default('once'),
    most: z.int().min(1).max(100).default(10).openapi({ description: 'With `all`: the latest so many.' }),
    after: seconds(1, YEAR_S).default(60).openapi({ description: 'Seconds after which a firing counts as missed.' }),
  })
  .openapi('ScheduleMisfire')

const Span = z
  .strictObject({ from: PlanInstant, until: PlanInstant })
  .refine(({ from, until }) => Date.parse(from) < Date.parse(until), { message: 'must end later', path: ['until'] })

/** What belongs to the time of a job, which its schedule gives. */
const NOT_OF_A_SCHEDULE = ['delay', 'run_at', 'idempotency_key', 'after', 'takes_input', 'ttl'] as const

const ScheduledJob = JobRequest.superRefine((job, context) => {
  for (const field of NOT_OF_A_SCHEDULE) {
    if (job[field] !== undefined) {
      context.addIssue({ code: 'custom', message: 'is not for the job of a schedule', path: [field] })
    }
  }
}).openapi('ScheduledJob')
export type ScheduledJobAsked = z.infer<typeof JobRequest>

const TERMS = {
  name: text(100),
  timing: ScheduleTiming,
  misfire: Misfire,
  overlapping: z.enum(['allow', 'skip', 'queue_one', 'cancel_running']),
  jitter: seconds(0, 3600).openapi({ description: 'Each firing is late by up to so many seconds, never early.' }),
  starts_at: PlanInstant.nullable(),
  ends_at: PlanInstant.nullable().openapi({ description: 'Exclusive.' }),
  blackouts: z.array(Span).max(50).openapi({ description: 'Nothing fires from `from` until, exclusive, `until`.' }),
  max_runs: z.int().min(1).max(1_000_000).nullable(),
}

export const ScheduleWrite = z
  .strictObject({
    ...TERMS,
    misfire: Misfire.default({ policy: 'once', most: 10, after: 60 }),
    overlapping: TERMS.overlapping
      .default('skip')
      .openapi({ description: 'While the last firing’s job has not ended.' }),
    jitter: TERMS.jitter.default(0),
    starts_at: TERMS.starts_at.default(null),
    ends_at: TERMS.ends_at.default(null),
    blackouts: TERMS.blackouts.default([]),
    max_runs: TERMS.max_runs.default(null),
    job: ScheduledJob,
  })
  .openapi('ScheduleWrite')
export type ScheduleAsked = z.infer<typeof ScheduleWrite>

export const ScheduleChange = z
  .strictObject({
    ...TERMS,
    job: ScheduledJob,
    version: z.int().openapi({ description: 'Refused when the schedule has moved on since this version.' }),
  })
  .partial()
  .openapi('ScheduleChange')

const Affected = z.enum([
  'moved_after_gap',
  'moved_before_gap',
  'first_of_two',
  'second_of_two',
  'skipped_in_gap',
  'skipped_first_of_two',
  'skipped_second_of_two',
])

export const PlannedFiring = z
  .object({
    at: Instant.nullable().openapi({ description: 'Null: a clock change takes it away.' }),
    planned: z.string().openapi({ description: 'The wall time that was asked for.', example: '2027-03-28T02:30:00' }),
    local: z
      .string()
      .nullable()
      .openapi({ description: 'What clocks show there when it fires.', example: '2027-03-28T03:00:00+02:00' }),
    affected: Affected.nullable().openapi({ description: 'What a clock change does to it; null: nothing.' }),
    times: z.int().openapi({ description: 'How many wall times in a row this is said of.' }),
    in_blackout: z.boolean(),
  })
  .openapi('PlannedFiring')

export const SchedulePreviewRequest = z
  .strictObject({
    timing: ScheduleTiming,
    starts_at: TERMS.starts_at.default(null),
    ends_at: TERMS.ends_at.default(null),
    blackouts: TERMS.blackouts.default([]),
    from: PlanInstant.optional().openapi({ description: 'Left out: now.' }),
    count: z.int().min(1).max(PREVIEW_MOST).default(10),
  })
  .openapi('SchedulePreviewRequest')

const WORDS = {
  words: z.string().openapi({ example: 'At 02:30, every day, in Europe/Berlin' }),
  clock_changes: z
    .string()
    .nullable()
    .openapi({ description: 'What a clock change does, in words; null: they do not matter.' }),
}

export const SchedulePreview = z.object({ ...WORDS, next: z.array(PlannedFiring) }).openapi('SchedulePreview')

const TimingOut = z.discriminatedUnion('kind', [
  Cron,
  Interval.extend({ anchor: Instant }),
  Once,
  OfDrop.extend({ drop: z.string() }),
])

export const Schedule = z
  .object({
    id: z.string(),
    ...TERMS,
    timing: TimingOut,
    ...WORDS,
    job: z.object({
      type: z.string(),
      payload: z.unknown().openapi({ description: 'Null for a key that may not make jobs.' }),
      lane: JobLane,
      max_attempts: z.int(),
      timeout: z.number(),
      concurrency_key: z.string().nullable(),
      tags: z.array(z.string()),
    }),
    is_paused: z.boolean(),
    next_at: Instant.nullable().openapi({ description: 'Null: paused, never again, or not known yet.' }),
    runs: z.int().openapi({ description: 'Planned firings so far.' }),
    last_job: z.string().nullable(),
    by: z.string(),
    version: z.int(),
    created_at: Instant,
    changed_at: Instant,
    links: z.object({ self: z.string(), runs: z.string() }),
  })
  .openapi('Schedule')

export const ScheduleWithNext = Schedule.extend({ next: z.array(PlannedFiring) }).openapi('ScheduleWithNext')

export const Run = z
  .object({
    id: z.string(),
    schedule: z.string(),
    planned_at: Instant.openapi({
      description: 'The instant it was planned for; of a trigger, when it was triggered.',
    }),
    until: Instant.nullable().openapi({
      description: 'After a very long outage one row stands for all from `planned_at` until here, exclusive.',
    }),
    decided_at: Instant,
    outcome: z.enum([
      'fired',
      'caught_up',
      'triggered',
      'backfilled',
      'queued',
      'skipped_overlap',
      'skipped_misfire',
      'skipped_blackout',
      'skipped_paused',
    ]),
    job: z.string().nullable(),
    links: z.object({ self: z.string(), schedule: z.string(), job: z.string().nullable() }),
  })
  .openapi('ScheduleRun')

export const Backfill = Span.openapi('ScheduleBackfill')
