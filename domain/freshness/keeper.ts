/** Keeps the epochs of one shard: counts up what changed, and tells what changed since. Storage and clock are handed in. */
import type { Clock } from '../basics/clock.ts'
import type { EpochNews } from './epochs.ts'

export interface EpochHead {
  line: string
  version: number
  floor: number
  position: string
}

export interface ChangedTag {
  tag: string
  version: number
  /** When it changed, as far as this shard's clock can tell. */
  at: number
}

export interface EpochStore {
  transaction<Result>(work: () => Result): Result
  head(): EpochHead | undefined
  putHead(head: EpochHead): void
  put(changed: ChangedTag): void
  changedSince(version: number): ChangedTag[]
  count(): number
  /** Forgets the tags that changed first. Answers the latest version among them. */
  forgetFirst(count: number): number
  forgetAll(): void
}

/** What the one who asks has already. An empty line: nothing. */
export interface EpochsHad {
  line: string
  version: number
}

/** A tag that was found to have changed. */
export interface Change {
  tag: string
  /** How long it waited until it was found, in ms. */
  waitedMs: number
}

/**
 * Tags remembered. A whole shard is about 20 kB of news then, which an isolate reads once in its life; more changes than
 * that within a copy's life are an import, after which nearly everything is read anew anyway.
 */
export const TAGS_KEPT = 512

export class EpochKeeper {
  readonly #store: EpochStore
  readonly #clock: Clock
  readonly #newLine: () => string
  /** When the last complete look began. In memory: whoever wakes knows nothing until it has looked. */
  #completeAsOf: number | null = null

  constructor(store: EpochStore, clock: Clock, newLine: () => string) {
    this.#store = store
    this.#clock = clock
    this.#newLine = newLine
  }

  /**
   * Counts up what a look has found; it began at `asOf` and saw everything committed before. Found again, a change counts
   * again, which costs a reader one more read and nothing else.
   */
  looked(changes: readonly Change[], position: string, asOf: number): void {
    this.#store.transaction(() => this.#count(changes, position))
    if (this.#completeAsOf === null || asOf > this.#completeAsOf) this.#completeAsOf = asOf
  }

  /** Counts up what somebody says has changed. */
  bump(tags: readonly string[]): void {
    this.#store.transaction(() =>
      this.#count(
        tags.map((tag) => ({ tag, waitedMs: 0 })),
        '',
      ),
    )
  }

  /** Everything has changed, whatever its tag. `position`: as of a look, or '' for no matter. */
  bumpAll(position = ''): void {
    this.#store.transaction(() => {
      const head = this.#head()
      const version = head.version + 1
      this.#store.forgetAll()
      this.#store.putHead({ ...head, version, floor: version, position: position || head.position })
    })
  }

  /** What is new to whoever has this. What cannot be continued is told from the beginning. */
  news({ line, version }: EpochsHad): EpochNews {
    const now = this.#clock.now()
    const head = this.#head()
    const since = line === head.line && version <= head.version ? version : 0
    return {
      ...head,
      changed: this.#store
        .changedSince(since)
        .map(({ tag, version: at, at: changedAt }) => [tag, at, Math.max(0, now - changedAt)] as const),
      ageMs: this.#completeAsOf === null ? null : Math.max(0, now - this.#completeAsOf),
    }
  }

  /** How long ago the last complete look began, in ms; Infinity before the first. */
  get ageMs(): number {
    return this.#completeAsOf === null ? Infinity : this.#clock.now() - this.#completeAsOf
  }

  #count(changes: readonly Change[], position: string): void {
    if (changes.length === 0) return
    const head = this.#head()
    let { version, floor } = head
    for (const { tag, waitedMs } of changes) {
      version += 1
      this.#store.put({ tag, version, at: this.#clock.now() - waitedMs })
    }
    const over = this.#store.count() - TAGS_KEPT
    if (over > 0) floor = Math.max(floor, this.#store.forgetFirst(over))
    this.#store.putHead({ ...head, version, floor, position: position || head.position })
  }

  #head(): EpochHead {
    const head = this.#store.head()
    if (head) return head
    const first = { line: this.#newLine(), version: 0, floor: 0, position: '' }
    this.#store.putHead(first)
    return first
  }
}
