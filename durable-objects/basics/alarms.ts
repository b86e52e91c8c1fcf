/**
 * Many due times over the one alarm that the platform gives an object.
 *
 * When something is due is written in the rows it concerns and nowhere else; the alarm is only a copy of the earliest
 * of those instants, and copies get lost. So every touch of the object ends with `arm()`, which sets the alarm again
 * when it is missing, too late, or long overdue. It costs nothing when the alarm is good: each `setAlarm` is billed as
 * a row written, therefore an alarm that rings early enough is left alone, even where it will now ring in vain.
 *
 * Tasks must be safe to repeat: the platform rings at least once, and alongside other calls. A task whose failure is
 * to be expected (a queue is away) keeps a back-off of its own in its rows; a throw is for what nobody foresaw.
 *
 * A task is a turn, without an await: calls and messages are started and left to themselves (`waitUntil`). The platform
 * does not ring while it rings, so whatever hung in there would take every other due time with it.
 */
import type { Clock } from '../../domain/basics/clock.ts'

export interface DueTask {
  /** The earliest instant at which there is something to do, from the rows; null: nothing. */
  nextDueAt(): number | null
  /** Does what is due, in one turn. `nextDueAt()` must then lie in the future, or the alarm would ring for ever. */
  run(now: number): void
}

type AlarmStorage = Pick<DurableObjectStorage, 'getAlarm' | 'setAlarm'>
type Ring = Pick<AlarmInvocationInfo, 'retryCount'>

/** After this long an alarm that has not rung is taken for lost. The platform may be late by about a minute in a failover. */
const LOST_AFTER_MS = 60_000
/** The platform drops an alarm after six retries; from the fifth on we do not let it come to that. */
const RETRIES_TRUSTED = 5
/** How long all tasks rest after a fault. Short, because the sound ones still have promises to keep (SPEC STK7). */
const REST_AFTER_FAULT_MS = 5_000

export class Alarms {
  readonly #storage: AlarmStorage
  readonly #clock: Clock
  readonly #tasks: readonly DueTask[]
  /** When the alarm will ring, as far as this instance knows; null: there is none. */
  #armedFor: number | null = null
  #ringing = false
  /** Set by a fault: until then a due task does not ring at once again. */
  #restsUntil = 0

  constructor(storage: AlarmStorage, clock: Clock, tasks: readonly DueTask[]) {
    this.#storage = storage
    this.#clock = clock
    this.#tasks = tasks
  }

  /** Reads what is armed. Once, in the constructor, under `blockConcurrencyWhile`. Arms nothing: see `ring`. */
  async wake(): Promise<void> {
    this.#armedFor = await this.#storage.getAlarm()
  }

  /**
   * To be called at the end of every turn that may have changed a due time, and of every touch at all, so that a lost
   * alarm comes back with the next visitor. Synchronous; the write joins the turn's own.
   */
  arm(): void {
    if (this.#ringing) return // `ring` arms when it is done
    const dueAt = this.#earliestDue()
    if (dueAt === null) return
    const now = this.#clock.now()
    const wanted = Math.max(dueAt, now, this.#restsUntil)
    const lost = this.#armedFor !== null && this.#armedFor + LOST_AFTER_MS < now
    if (this.#armedFor === null || this.#armedFor > wanted || lost) this.#set(wanted)
  }

  /**
   * The object's `alarm()`. Runs every task that is due; one that fails does not keep the others from theirs. Then
   * throws the first fault, for the platform to try again soon, or, when its tries are nearly used up, sets a fresh
   * alarm instead.
   */
  async ring(info?: Ring): Promise<void> {
    this.#armedFor = null // the platform clears the alarm before it rings
    this.#ringing = true
    let fault: unknown
    let failed = false
    for (const task of this.#tasks) {
      try {
        const now = this.#clock.now()
        const dueAt = task.nextDueAt()
        if (dueAt !== null && dueAt <= now) task.run(now)
      } catch (thrown) {
        if (!failed) fault = thrown
        failed = true
      }
    }
    this.#ringing = false
    this.#restsUntil = failed ? this.#clock.now() + REST_AFTER_FAULT_MS : 0
    if (failed && (info?.retryCount ?? 0) < RETRIES_TRUSTED) throw fault
    if (failed) console.error('an alarm failed and rests before it is tried anew', fault)
    this.arm()
  }

  #earliestDue(): number | null {
    const dues = this.#tasks.map((task) => task.nextDueAt()).filter((dueAt) => dueAt !== null)
    return dues.length === 0 ? null : Math.min(...dues)
  }

  #set(at: number): void {
    this.#armedFor = at
    // Not awaited: the output gate holds every answer until it is on disk, and a write that fails resets the object.
    void this.#storage.setAlarm(at)
  }
}
