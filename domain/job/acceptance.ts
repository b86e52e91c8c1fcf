/** Jobs are taken: written with what they come after, in one turn, or not at all. */
import { accept, refuse, type Decision } from '../basics/decision.ts'
import type { JobRefusal, NewJob } from '../message/job-desk.ts'
import { expiryOf, isOver, newRecord, type JobRecord } from './job.ts'
import { verdictOn, type Verdict } from './kin.ts'
import { countAccepted } from './tallies.ts'
import type { Turn } from './turn.ts'

export type Accepted = { id: string; isNew: boolean }[]

/**
 * Takes them in their order. An id or a key that is known gives the job it made, whatever else is said this time. Refuses
 * all of them when one comes after a job that there is not; that those which live elsewhere exist was asked before.
 */
export function acceptJobs(turn: Turn, jobs: readonly NewJob[]): Decision<Accepted, JobRefusal> {
  const known = turn.store.known(jobs.map(({ id }) => id))
  const ancestors = turn.store.jobs([...new Set(jobs.flatMap(({ after }) => after.map(({ jobId }) => jobId)))])
  const stranger = strangerAmong(turn, jobs, known, ancestors)
  if (stranger !== undefined) return refuse({ code: 'ancestor_not_found', jobId: stranger })

  const accepted: Accepted = []
  const watched = new Map<string, number>()
  const made = new Map<string, string>()
  for (const job of jobs) {
    const same = known.has(job.id) ? job.id : keyed(turn, job)
    accepted.push({ id: same ?? job.id, isNew: same === undefined })
    if (same !== undefined) {
      made.set(job.id, same)
      continue
    }
    known.add(job.id)
    // Whoever comes after a repeat comes after the job that it repeats.
    const after = job.after.map((ancestor) => ({ ...ancestor, jobId: made.get(ancestor.jobId) ?? ancestor.jobId }))
    takeOne(turn, { ...job, after }, ancestors, watched)
  }
  // Once an ancestor, however many come after it.
  for (const [id, more] of watched) {
    const ancestor = turn.store.job(id)!
    turn.change(ancestor, { watchers: ancestor.watchers + more })
  }
  return accept(accepted)
}

/** The first ancestor that is neither here nor earlier in the list, of a job that is new. */
function strangerAmong(
  turn: Turn,
  jobs: readonly NewJob[],
  known: ReadonlySet<string>,
  ancestors: ReadonlyMap<string, JobRecord>,
): string | undefined {
  const before = new Set<string>()
  for (const { id, after } of jobs) {
    if (!known.has(id)) {
      const stranger = after.find(({ jobId }) => turn.isHere(jobId) && !ancestors.has(jobId) && !before.has(jobId))
      if (stranger) return stranger.jobId
    }
    before.add(id)
  }
  return undefined
}

const keyed = (turn: Turn, { idempotencyKey }: NewJob): string | undefined =>
  idempotencyKey === null ? undefined : turn.store.idOfKey(idempotencyKey)

function takeOne(
  turn: Turn,
  job: NewJob,
  ancestors: ReadonlyMap<string, JobRecord>,
  watched: Map<string, number>,
): void {
  const fresh = newRecord(job, turn.now)
  countAccepted(turn.tallies, job.type)
  if (job.after.length === 0) {
    turn.add({ ...fresh, ...turn.begun(fresh) })
    return
  }
  const { pending, verdict } = needAll(turn, job, ancestors, watched)
  const waiting: JobRecord = { ...fresh, state: 'waiting', pending, dueAt: expiryOf(fresh) }
  if (verdict.kind === 'end') turn.end(turn.add(waiting), verdict.state, { error: verdict.error })
  else turn.add(pending > 0 ? waiting : { ...waiting, ...turn.begun(waiting) })
}

/** Writes down what the job waits for, and what it need not wait for any more. */
function needAll(
  turn: Turn,
  job: NewJob,
  ancestors: ReadonlyMap<string, JobRecord>,
  watched: Map<string, number>,
): { pending: number; verdict: Verdict } {
  let pending = 0
  let verdict: Verdict = { kind: 'go' }
  for (const [place, wanted] of job.after.entries()) {
    const { jobId: ancestorId } = wanted
    const need = { descendantId: job.id, ancestorId, place, state: null, result: null, askAt: null, asks: 0 }
    if (!turn.isHere(ancestorId)) {
      turn.store.saveNeed({ ...need, askAt: turn.now })
      pending += 1
      continue
    }
    // Of the same list: its row is newer than what was looked up.
    const ancestor = ancestors.get(ancestorId) ?? turn.store.job(ancestorId)!
    if (isOver(ancestor.state)) {
      turn.store.saveNeed({ ...need, state: ancestor.state, result: job.takesInput ? ancestor.result : null })
      if (verdict.kind === 'go') verdict = verdictOn(wanted, ancestor.state, ancestor.result)
      continue
    }
    turn.store.saveNeed(need)
    pending += 1
    if (turn.store.addWatcher({ ancestorId, descendantId: job.id, isElsewhere: false })) {
      watched.set(ancestorId, (watched.get(ancestorId) ?? 0) + 1)
    }
  }
  return { pending, verdict }
}
