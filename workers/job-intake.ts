/**
 * Taking jobs in. One, or ten thousand: each goes to the shard that keeps it, a shard's in few calls.
 *
 * Safe to repeat, also where the first time broke off half way: each job is known by a key made from the request's own, so
 * the same request finds the jobs that it has made. Jobs that come after others of their batch are taken once those have
 * their ids.
 */
import type { FieldError } from './problems.ts'
import { accept, refuse, type Decision } from '../domain/basics/decision.ts'
import { newJobId, shardForJob, shardOfJob } from '../domain/job/shards.ts'
import type { JobRefusal, NewJob } from '../domain/message/job-desk.ts'
import { mayDo, type Scope } from '../domain/store/operator-key.ts'
import { JobFiles, PAYLOAD_BYTES_IN_ROW, PAYLOAD_BYTES_MAX } from '../queues/jobs/files.ts'
import { JOB_HANDLERS } from '../queues/jobs/registry.ts'
import type { Asked } from './context.ts'
import { jobDesk } from './desks.ts'
import type { JobAsked } from './job-schemas.ts'
import { ancestorsIn, positionsIn, termsIn } from './job-wire.ts'

export interface TakenJob {
  id: string
  isNew: boolean
}

type IntakeRefusal =
  | JobRefusal
  | { code: 'scope_missing'; required: Scope }
  | { code: 'invalid_request'; errors: FieldError[] }

/** A pipeline is as long as this, or it is several batches. */
const STAGES_MAX = 32
/** About a megabyte a call, and a commit of some ten milliseconds. */
const JOBS_A_CALL = 500
/** A request has six connections. */
const CALLS_ABREAST = 6

/** Takes jobs in, in their order. `batchId` null: it is one by itself. */
export async function takeJobs(
  c: Asked,
  asked: readonly JobAsked[],
  batchId: string | null,
): Promise<Decision<TakenJob[], IntakeRefusal>> {
  const beyond = missingScope(c, asked)
  if (beyond !== null) return refuse({ code: 'scope_missing', required: beyond })
  const isAlone = batchId === null
  if (isAlone && asked.some((job) => positionsIn(job).length > 0)) {
    return mistake('/after', 'positions are for batches; name a job’s id')
  }
  const stages = stagesOf(asked)
  if (!stages.ok) return stages
  const taken: TakenJob[] = []
  for (const stage of stages.value) {
    const jobs: { position: number; job: NewJob }[] = []
    for (const position of stage) {
      const job = await jobOf(c, asked[position]!, { position, batchId }, (named) =>
        named.startsWith('#') ? taken[Number(named.slice(1))]!.id : named,
      )
      if (!job.ok) return job
      jobs.push({ position, job: job.value })
    }
    const refusal = await placeAll(c, jobs, taken)
    if (refusal) return refuse(refusal)
  }
  return accept(taken)
}

/** What the operator's key lacks of what these jobs do. */
function missingScope(c: Asked, asked: readonly JobAsked[]): Scope | null {
  const key = { scopes: [...c.var.operator.scopes] }
  const wanted = new Set(asked.flatMap(({ type, payload }) => JOB_HANDLERS.get(type)!.scopes(payload)))
  return [...wanted].find((scope) => !mayDo(key, scope)) ?? null
}

/** Positions in the order in which they can be taken: first those that come after none of the others. */
function stagesOf(asked: readonly JobAsked[]): Decision<number[][], IntakeRefusal> {
  const stageOf: number[] = []
  const stages: number[][] = []
  for (const [position, job] of asked.entries()) {
    const before = positionsIn(job)
    const wrong = before.find((other) => other >= position)
    if (wrong !== undefined) {
      return mistake(`/jobs/${position}/after`, `#${wrong} is not before it; a job may come only after earlier ones`)
    }
    const stage = before.reduce((latest, other) => Math.max(latest, stageOf[other]! + 1), 0)
    if (stage >= STAGES_MAX) return mistake(`/jobs/${position}/after`, `must be ${STAGES_MAX} stages deep at most`)
    stageOf.push(stage)
    ;(stages[stage] ??= []).push(position)
  }
  return accept(stages)
}

const mistake = (pointer: string, problem: string): Decision<never, IntakeRefusal> =>
  refuse({ code: 'invalid_request', errors: [{ pointer, problem }] })

interface Place {
  position: number
  /** Null: it is one by itself. */
  batchId: string | null
}

async function jobOf(
  c: Asked,
  asked: JobAsked,
  { position, batchId }: Place,
  idOf: (named: string) => string,
): Promise<Decision<NewJob, IntakeRefusal>> {
  const { storeId, clock, random } = c.var.visit
  const { keyId } = c.var.operator
  const now = clock.now()
  const handler = JOB_HANDLERS.get(asked.type)!
  const pointer = batchId === null ? '' : `/jobs/${position}`
  if (asked.takes_input === true && !handler.takesInput) {
    return mistake(`${pointer}/takes_input`, `a job of type ${asked.type} has no use for results of others`)
  }
  const text = JSON.stringify(asked.payload)
  const bytes = text.length > PAYLOAD_BYTES_IN_ROW / 3 ? new TextEncoder().encode(text).length : text.length
  if (bytes > PAYLOAD_BYTES_MAX)
    return mistake(`${pointer}/payload`, `must be ${PAYLOAD_BYTES_MAX} bytes of JSON at most`)
  const isAside = bytes > PAYLOAD_BYTES_IN_ROW
  const placing = {
    ...termsIn(asked, handler, now),
    storeId,
    after: ancestorsIn(asked, idOf),
    idempotencyKey: asked.idempotency_key ?? `${keyId} ${c.var.once.key} ${c.var.once.fingerprint} ${position}`,
  }
  return accept({
    ...placing,
    id: newJobId(shardForJob(placing, random), now, random),
    payload: isAside ? await new JobFiles(c.env.DOCUMENTS).keepPayload(storeId, text) : text,
    isPayloadAside: isAside,
    batchId,
    runId: null,
    by: keyId,
  })
}

/** Hands jobs to their shards; what they are known by from now on goes to their positions in `taken`. */
async function placeAll(
  c: Asked,
  jobs: readonly { position: number; job: NewJob }[],
  taken: TakenJob[],
): Promise<JobRefusal | null> {
  const shards = new Map<number, { position: number; job: NewJob }[]>()
  for (const one of jobs) {
    const shard = shardOfJob(one.job.id)!
    const some = shards.get(shard)
    if (some) some.push(one)
    else shards.set(shard, [one])
  }
  const calls = [...shards].flatMap(([shard, all]) => inSlices(all, JOBS_A_CALL).map((some) => ({ shard, some })))
  const rest = calls.values()
  let refusal: JobRefusal | null = null
  const carrier = async (): Promise<void> => {
    for (const { shard, some } of rest) {
      const accepted = await jobDesk(c.env, c.var.visit.storeId, shard).accept(some.map(({ job }) => job))
      if (accepted.ok) some.forEach(({ position }, i) => (taken[position] = accepted.value.jobs[i]!))
      else refusal ??= accepted.refusal
    }
  }
  await Promise.all(Array.from({ length: Math.min(CALLS_ABREAST, calls.length) }, carrier))
  return refusal
}

const inSlices = <Item>(items: readonly Item[], most: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / most) }, (_, i) => items.slice(i * most, (i + 1) * most))
