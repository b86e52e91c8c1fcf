/** Schedules at the border: our words on one side, the API's on the other. */
import type { z } from '@hono/zod-openapi'
import type { RunPlace, RunView, ScheduleTerms, ScheduleView, Timing } from '../domain/message/schedule-desk.ts'
import { isId } from '../domain/basics/ids.ts'
import { JOB_HANDLERS } from '../queues/jobs/registry.ts'
import { termsIn } from './job-wire.ts'
import type * as schema from './schedule-schemas.ts'
import { instantIn, instantOut, maybeInstantOut } from './wire.ts'

type Wire<Schema extends z.ZodType> = z.infer<Schema>

const MS = 1000
const ms = (seconds: number): number => Math.round(seconds * MS)
const maybeInstantIn = (text: string | null): number | null => (text === null ? null : instantIn(text))

/** `now` is the anchor of an interval that names none. */
export function timingIn(asked: schema.TimingAsked, now: number): Timing {
  switch (asked.kind) {
    case 'cron':
      return asked
    case 'interval': {
      const anchorAt = asked.anchor === undefined ? now : instantIn(asked.anchor)
      return { kind: 'interval', everyMs: ms(asked.every), anchorAt }
    }
    case 'once':
      return { kind: 'once', at: instantIn(asked.at) }
    case 'drop':
      return { kind: 'drop', drop: asked.drop, moment: asked.moment, offsetMs: ms(asked.offset) }
  }
}

/** What a change leaves out stays as it is. */
export function scheduleIn(
  asked: Partial<schema.ScheduleAsked>,
  now: number,
  was?: ScheduleTerms,
): Partial<ScheduleTerms> {
  const { name, timing, misfire, overlapping, jitter, starts_at: startsAt, ends_at: endsAt } = asked
  return {
    ...was,
    ...(name !== undefined && { name }),
    ...(timing && { timing: timingIn(timing, now) }),
    ...(misfire && { misfire: misfireIn(misfire), misfireAfterMs: ms(misfire.after) }),
    ...(overlapping && { overlapping }),
    ...(jitter !== undefined && { jitterMs: ms(jitter) }),
    ...(startsAt !== undefined && { startsAt: maybeInstantIn(startsAt) }),
    ...(endsAt !== undefined && { endsAt: maybeInstantIn(endsAt) }),
    ...(asked.blackouts && { blackouts: blackoutsIn(asked.blackouts) }),
    ...(asked.max_runs !== undefined && { runsMax: asked.max_runs }),
    ...(asked.job && { job: jobIn(asked.job, now) }),
  }
}

export const blackoutsIn = (asked: schema.ScheduleAsked['blackouts']): ScheduleTerms['blackouts'] =>
  asked.map(({ from, until }) => ({ from: instantIn(from), until: instantIn(until) }))

const misfireIn = ({ policy, most }: schema.ScheduleAsked['misfire']): ScheduleTerms['misfire'] =>
  policy === 'all' ? { kind: 'all', most } : { kind: policy }

function jobIn(asked: schema.ScheduledJobAsked, now: number): ScheduleTerms['job'] {
  const { type, lane, attemptsMax, backoff, timeoutMs, concurrencyKey, concurrencyMax, rate, resultForMs, tags } =
    termsIn(asked, JOB_HANDLERS.get(asked.type)!, now)
  const payload = JSON.stringify(asked.payload)
  return {
    ...{ type, payload, lane, attemptsMax, backoff, timeoutMs, concurrencyKey, concurrencyMax },
    ...{ rate, resultForMs, tags },
  }
}

export const scheduleOut = (
  one: ScheduleView,
  { words, clock_changes, showsPayload }: { words: string; clock_changes: string | null; showsPayload: boolean },
): Wire<typeof schema.Schedule> => ({
  id: one.id,
  name: one.name,
  timing: timingOut(one.timing),
  words,
  clock_changes,
  misfire: misfireOut(one),
  overlapping: one.overlapping,
  jitter: one.jitterMs / MS,
  starts_at: maybeInstantOut(one.startsAt),
  ends_at: maybeInstantOut(one.endsAt),
  blackouts: one.blackouts.map(({ from, until }) => ({ from: instantOut(from), until: instantOut(until) })),
  max_runs: one.runsMax,
  job: {
    type: one.job.type,
    // It may hold what only its maker should know.
    payload: showsPayload ? (JSON.parse(one.job.payload) as unknown) : null,
    lane: one.job.lane,
    max_attempts: one.job.attemptsMax,
    timeout: one.job.timeoutMs / MS,
    concurrency_key: one.job.concurrencyKey,
    tags: one.job.tags,
  },
  is_paused: one.isPaused,
  next_at: maybeInstantOut(one.nextAt),
  runs: one.runs,
  last_job: one.lastJobId,
  by: one.by,
  version: one.version,
  created_at: instantOut(one.createdAt),
  changed_at: instantOut(one.changedAt),
  links: { self: linkTo(one.id), runs: `${linkTo(one.id)}/runs` },
})

export const linkTo = (id: string): string => `/api/v1/admin/schedules/${id}`

function timingOut(timing: Timing): Wire<typeof schema.Schedule>['timing'] {
  switch (timing.kind) {
    case 'cron':
      return timing
    case 'interval':
      return { kind: 'interval', every: timing.everyMs / MS, anchor: instantOut(timing.anchorAt) }
    case 'once':
      return { kind: 'once', at: instantOut(timing.at) }
    case 'drop':
      return { kind: 'drop', drop: timing.drop, moment: timing.moment, offset: timing.offsetMs / MS }
  }
}

const misfireOut = ({ misfire, misfireAfterMs }: ScheduleTerms): Wire<typeof schema.Schedule>['misfire'] => ({
  policy: misfire.kind,
  most: misfire.kind === 'all' ? misfire.most : 10,
  after: misfireAfterMs / MS,
})

export const runOut = (run: RunView): Wire<typeof schema.Run> => ({
  id: run.id,
  schedule: run.scheduleId,
  planned_at: instantOut(run.nominalAt),
  until: maybeInstantOut(run.untilAt),
  decided_at: instantOut(run.firedAt),
  outcome: run.outcome,
  job: run.jobId,
  links: {
    self: `/api/v1/admin/runs/${run.id}`,
    schedule: linkTo(run.scheduleId),
    job: run.jobId === null ? null : `/api/v1/admin/jobs/${run.jobId}`,
  },
})

/** Where a page of runs ended. */
export const placeOut = ({ nominalAt, id }: RunPlace): string => `${nominalAt}.${id}`

/** Undefined: nobody was given this cursor. */
export function placeIn(cursor: string): RunPlace | undefined {
  const [, at, id] = /^(\d{1,16})\.(run_\w+)$/.exec(cursor) ?? []
  return at !== undefined && id !== undefined && isId('run', id) ? { nominalAt: Number(at), id } : undefined
}
