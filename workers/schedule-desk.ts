/** A store's schedules, asked of the objects that keep them: one by its id, or all of them at once. */
import { JOB_SHARDS, shardForJob, shardOfRun, shardOfSchedule } from '../domain/job/shards.ts'
import type {
  DropMoments,
  RunPlace,
  RunView,
  ScheduleDesk,
  ScheduleTerms,
  ScheduleView,
} from '../domain/message/schedule-desk.ts'
import type { DropWithProducts } from '../domain/drop/drop.ts'
import { accept, refuse, type Decision } from '../domain/basics/decision.ts'
import { mayDo } from '../domain/store/operator-key.ts'
import { checkCron } from '../platform/calendar/calendar.ts'
import { findDrop } from '../platform/postgres/drops.ts'
import { JOB_HANDLERS } from '../queues/jobs/registry.ts'
import type { Asked } from './context.ts'
import { scheduleDesk } from './desks.ts'
import type { FieldError, Refusal } from './problems.ts'
import { database } from './sessions.ts'

/** The desk that keeps this schedule, when the text is a schedule's id at all. Of this store: another's ids lead nowhere. */
export function deskOfSchedule(c: Asked, id: string): ScheduleDesk | null {
  const shard = shardOfSchedule(id)
  return shard === undefined ? null : scheduleDesk(c.env, c.var.visit.storeId, shard)
}

export const findSchedule = async (c: Asked, id: string): Promise<ScheduleView | null> =>
  (await deskOfSchedule(c, id)?.schedule(id)) ?? null

export async function findRun(c: Asked, id: string): Promise<RunView | null> {
  const shard = shardOfRun(id)
  return shard === undefined ? null : scheduleDesk(c.env, c.var.visit.storeId, shard).run(id)
}

/** A page of the store's schedules, newest first. */
export async function listSchedules(
  c: Asked,
  before: string | null,
  limit: number,
): Promise<{ schedules: ScheduleView[]; nextBefore: string | null }> {
  const lists = await eachShard(c, (desk) => desk.schedules(before, limit + 1))
  const all = lists.flat().sort((one, other) => (one.id < other.id ? 1 : -1))
  const schedules = all.slice(0, limit)
  return { schedules, nextBefore: all.length > limit ? schedules.at(-1)!.id : null }
}

/** A page of the ledger, of one schedule or (null) of all of the store's, the latest slot first. */
export async function listRuns(
  c: Asked,
  scheduleId: string | null,
  before: RunPlace | null,
  limit: number,
): Promise<{ runs: RunView[]; nextBefore: RunPlace | null }> {
  const desk = scheduleId === null ? null : deskOfSchedule(c, scheduleId)
  const ask = (one: ScheduleDesk) => one.runs(scheduleId, before, limit + 1)
  const all = desk ? await ask(desk) : (await eachShard(c, ask)).flat()
  all.sort((one, other) => other.nominalAt - one.nominalAt || (one.id < other.id ? 1 : -1))
  const runs = all.slice(0, limit)
  return { runs, nextBefore: all.length > limit ? runs.at(-1)! : null }
}

const eachShard = <Answer>(c: Asked, ask: (desk: ScheduleDesk) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: JOB_SHARDS }, (_, shard) => ask(scheduleDesk(c.env, c.var.visit.storeId, shard))))

/** Where a schedule lives: where its jobs are judged, else where a repeat of its request would look for it. */
export function shardForSchedule(c: Asked, { job }: ScheduleTerms, onceKey: string): number {
  const { storeId, random } = c.var.visit
  const { type, rate, concurrencyKey } = job
  return shardForJob({ storeId, type, rate, concurrencyKey, after: [], idempotencyKey: onceKey }, random)
}

/** Whether a schedule may stay where it is with these terms. */
export function maySchedule(c: Asked, id: string, { job }: ScheduleTerms): boolean {
  const isJudgedSomewhere = job.concurrencyKey !== null || job.rate !== null
  return !isJudgedSomewhere || shardForSchedule(c, { job } as ScheduleTerms, '') === shardOfSchedule(id)
}

/** The terms with their drop's own id, and when its moments are; or what is wrong with them. */
export async function checked(
  c: Asked,
  terms: ScheduleTerms,
): Promise<Decision<{ terms: ScheduleTerms; moments: DropMoments }, Refusal>> {
  const { job } = terms
  const beyond = JOB_HANDLERS.get(job.type)!
    .scopes(JSON.parse(job.payload))
    .find((scope) => !mayDo({ scopes: [...c.var.operator.scopes] }, scope))
  if (beyond !== undefined) return refuse({ code: 'scope_missing', required: beyond })
  const errors = mistakesInPlan(terms)
  if (errors.length > 0) return refuse({ code: 'invalid_request', errors })
  const found = await timingChecked(c, terms.timing)
  return found.ok ? accept({ terms: { ...terms, timing: found.value.timing }, moments: found.value.moments }) : found
}

/** A timing that can be kept: its drop by its id, with the drop's moments. */
export async function timingChecked(
  c: Asked,
  timing: ScheduleTerms['timing'],
): Promise<Decision<{ timing: ScheduleTerms['timing']; moments: DropMoments }, Refusal>> {
  if (timing.kind !== 'drop') return accept({ timing, moments: {} })
  const found = await findDrop(database(c).read('primary'), c.var.visit.storeId, timing.drop)
  if (!found) return refuse({ code: 'drop_not_found', drop: timing.drop })
  return accept({ timing: { ...timing, drop: found.drop.id }, moments: momentsOf(found) })
}

/** Being sold out is told when it happens; whoever comes later waits for the next time. */
const momentsOf = ({ drop }: DropWithProducts): DropMoments => ({ opening: drop.opensAt, end: drop.endsAt })

/** What cannot be read, or never happens. */
export function mistakesInPlan({
  timing,
  startsAt,
  endsAt,
}: Pick<ScheduleTerms, 'timing' | 'startsAt' | 'endsAt'>): FieldError[] {
  const errors: FieldError[] = []
  if (timing.kind === 'cron') {
    const read = checkCron(timing)
    if (!read.ok && read.refusal.code === 'zone_not_known') {
      errors.push({ pointer: '/timing/zone', problem: 'must be the IANA name of a zone, as Europe/Berlin' })
    } else if (!read.ok && read.refusal.code === 'expression_not_valid') {
      errors.push({ pointer: '/timing/expression', problem: read.refusal.problem })
    }
  }
  if (startsAt !== null && endsAt !== null && startsAt >= endsAt) {
    errors.push({ pointer: '/ends_at', problem: 'must be later than starts_at' })
  }
  return errors
}
