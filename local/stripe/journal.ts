/**
 * The books on disk: one line of JSON per turn, appended before the answer leaves. Written through to the operating
 * system, not to the platter: it survives the death of the stand-in, not that of the machine.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Change } from './books.ts'

export class Journal {
  readonly #path: string
  #file: number | null = null

  /** Opens the journal in `folder`, which is made when it is not there. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true })
    this.#path = join(folder, 'stripe.journal')
  }

  /**
   * Every change ever recorded, in order. A last line without its end was being written when the process died: its
   * turn was never answered, so it is left out. Any other unreadable line is a fault.
   */
  *replay(): Generator<Change> {
    if (!existsSync(this.#path)) return
    const lines = readFileSync(this.#path, 'utf8').split('\n')
    lines.pop()
    for (const line of lines) {
      const changes: Change[] = JSON.parse(line)
      yield* changes
    }
  }

  /** Starts a fresh file with only what still matters, and goes on from there. */
  compact(changes: Iterable<Change>): void {
    const fresh = `${this.#path}.fresh`
    const file = openSync(fresh, 'w')
    for (const change of changes) appendFileSync(file, `${JSON.stringify([change])}\n`)
    closeSync(file)
    renameSync(fresh, this.#path)
    this.#file = openSync(this.#path, 'a')
  }

  append(changes: Change[]): void {
    this.#file ??= openSync(this.#path, 'a')
    writeSync(this.#file, `${JSON.stringify(changes)}\n`)
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }
}
