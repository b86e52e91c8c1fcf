/**
 * Group commit: calls that reach an object together are flushed together, in one transaction or one onward call.
 * The commit and the call are what costs, not what they carry (docs/decisions/004-books-gather-holds.md).
 *
 * Whoever comes alone is flushed at once. One flush is under way at a time, until it is safely on disk; calls that come
 * meanwhile form the next, so that the slower the disk, the larger the company. After a flush with company the next first
 * comer waits for one turn as well: of a crowd the first is never alone, and would pay for a commit of its own. Nothing
 * here is remembered across a crash: whoever got no answer asks again.
 */
import { assert } from '../../domain/basics/assert.ts'

export interface Gathering<Call, Answer> {
  /** Does all of it and answers each call in its place. A fault is everybody's: each of the calls rejects with it. */
  flush(calls: readonly Call[]): readonly Answer[] | Promise<readonly Answer[]>
  /** At most this many calls in one flush, so that one turn stays short. */
  callsMax: number
  /** Resolves, after each flush, when the next may begin. Never rejects while the object lives. */
  room(): Promise<void>
}

interface Waiting<Call, Answer> {
  call: Call
  resolve: (answer: Answer) => void
  reject: (fault: unknown) => void
}

/** The function to call instead: same question, same answer, in company. */
export function gather<Call, Answer>(gathering: Gathering<Call, Answer>): (call: Call) => Promise<Answer> {
  const waiting: Waiting<Call, Answer>[] = []
  let flushing = false
  let inCompany = false

  const flushAll = async (): Promise<void> => {
    flushing = true
    if (inCompany) await oneTurn()
    while (waiting.length > 0) {
      const batch = waiting.splice(0, gathering.callsMax)
      inCompany = batch.length > 1
      await flushOne(gathering, batch)
      await gathering.room()
    }
    flushing = false
  }

  return (call) =>
    new Promise<Answer>((resolve, reject) => {
      waiting.push({ call, resolve, reject })
      if (!flushing) void flushAll()
    })
}

/** Never rejects: a fault belongs to the callers. */
async function flushOne<Call, Answer>(
  gathering: Gathering<Call, Answer>,
  batch: readonly Waiting<Call, Answer>[],
): Promise<void> {
  try {
    const answers = await gathering.flush(batch.map(({ call }) => call))
    assert(answers.length === batch.length, `${batch.length} calls want as many answers, not ${answers.length}`)
    batch.forEach(({ resolve }, i) => resolve(answers[i]!))
  } catch (fault) {
    for (const { reject } of batch) reject(fault)
  }
}

/**
 * One turn of the event loop: long enough for calls that have already reached this object to be delivered, short
 * enough not to be noticed by one that came alone.
 */
export const oneTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))
