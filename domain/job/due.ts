/** What happens by itself: instants come, leases end, messages are taken for lost, ended jobs are cleared away. */
import { clearedAt, expiryOf, resendAt, type JobRecord } from './job.ts'
import { AT_ONCE, kinAgainAt, type Turn } from './turn.ts'
import { loseAttempt } from './work.ts'

/** Ended jobs that a shard keeps at most, so that a busy one does not outgrow its object; the rest of them go early. */
const ENDED_KEPT_MOST = 250_000

/** One slice of what is due. What is left is due still, and the alarm rings again at once. */
export function doDue(turn: Turn): void {
  for (const job of turn.store.due(turn.now, AT_ONCE)) {
    // An earlier one of the slice may have moved it: a key's next in line, a descendant.
    const now = turn.store.job(job.id)
    if (now && now.endedAt === null && now.dueAt !== null && now.dueAt <= turn.now) doOne(turn, now)
  }
  turn.letOut()
  askKin(turn)
  turn.tellKin()
  clear(turn)
}

function doOne(turn: Turn, job: JobRecord): void {
  const expiry = expiryOf(job)
  if (job.state === 'running') loseAttempt(turn, job)
  else if (expiry !== null && expiry <= turn.now) expire(turn, job)
  else if (job.state === 'queued') sendAgain(turn, job)
  else turn.change(job, turn.queued(job))
}

function expire(turn: Turn, job: JobRecord): void {
  const error = { code: 'job_expired', message: 'nobody had begun it by its end' }
  turn.end(job, 'dead', { error })
}

/** Nobody came with the message. It may come still; whoever claims first has the job. */
function sendAgain(turn: Turn, job: JobRecord): void {
  if (job.stand !== 'told') return
  turn.tallies.counts.messagesResent += 1
  const unheard = job.unheard + 1
  const at = resendAt(turn.now, unheard)
  const expiry = expiryOf(job)
  turn.change(job, { sends: job.sends + 1, unheard, dueAt: expiry === null ? at : Math.min(at, expiry) })
}

/** Ancestors that live elsewhere are asked to tell us, until they say that they will. */
function askKin(turn: Turn): void {
  for (const need of turn.store.dueNeeds(turn.now, AT_ONCE)) {
    turn.out.watches.push({ ancestorId: need.ancestorId, descendantId: need.descendantId })
    turn.store.saveNeed({ ...need, askAt: kinAgainAt(turn.now, need.asks), asks: need.asks + 1 })
  }
}

/** Results go when their time is over, and then the job itself; not before its descendants have been told. */
function clear(turn: Turn): void {
  const { states } = turn.tallies
  const ended = (states.succeeded ?? 0) + (states.failed ?? 0) + (states.cancelled ?? 0)
  const until = ended > ENDED_KEPT_MOST ? Number.MAX_SAFE_INTEGER : turn.now
  const tooMany = Math.min(AT_ONCE, Math.max(0, ended - ENDED_KEPT_MOST))
  for (const job of turn.store.dueEnded(until, Math.max(tooMany, until === turn.now ? AT_ONCE : 0))) {
    if (turn.store.ending(job.id)) turn.change(job, { dueAt: turn.now + 3_600_000 })
    else if (job.result !== null && job.dueAt! <= turn.now && hasLater(job)) {
      turn.change(job, { result: null, dueAt: clearedAt({ ...job, result: null }) })
    } else turn.forget(job)
  }
}

/** Whether it is kept for longer than its result. */
const hasLater = (job: JobRecord): boolean => clearedAt({ ...job, result: null }) > job.dueAt!
