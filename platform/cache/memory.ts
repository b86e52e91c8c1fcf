/**
 * The nearest tier: what this isolate has at hand. Bounded by bytes, least recently read goes first. Whatever it
 * holds may be gone at any time, and nobody from another isolate can reach in; so lifetimes are seconds.
 */
import { isOlder } from '../../domain/freshness/epochs.ts'
import type { Copy } from './copy.ts'

export interface Kept {
  copy: Copy
  /** Until when it may be said without being judged again. */
  freshUntil: number
  /** What has to be said with it: that it is said without knowing (`Cache-Status`, detail). */
  detail: string | null
}

/** What an entry costs beside its body: the map's slot, the names, the digest. */
const ENTRY_OVERHEAD_BYTES = 512

export class MemoryTier {
  readonly #bytesMax: number
  #entries = new Map<string, Kept>()
  #bytes = 0

  /** @param bytesMax an isolate has 128 MB for everything, and shares them with the code. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** The copy, fresh or not; the caller compares. */
  find(key: string): Kept | undefined {
    const kept = this.#entries.get(key)
    if (!kept) return undefined
    // A Map keeps the order of insertion: putting it back makes it the youngest.
    this.#entries.delete(key)
    this.#entries.set(key, kept)
    return kept
  }

  /** A copy that was made before the one that is here, of older epochs, comes too late and is not kept. */
  keep(key: string, copy: Copy, freshUntil: number, detail: string | null = null): void {
    const kept = this.#entries.get(key)
    if (kept && isOlder(copy.stamp, kept.copy.stamp)) return
    this.forget(key)
    const bytes = bytesOf(key, copy)
    if (bytes > this.#bytesMax / 4) return // one giant must not drive out everybody else
    this.#entries.set(key, { copy, freshUntil, detail })
    this.#bytes += bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#bytesMax) break
      this.forget(oldest)
    }
  }

  forget(key: string): void {
    const kept = this.#entries.get(key)
    if (!kept) return
    this.#entries.delete(key)
    this.#bytes -= bytesOf(key, kept.copy)
  }

  /** Everything of this prefix is judged anew before it is said again. It stays, for a bad day. */
  judgeAnew(prefix: string): void {
    for (const [key, kept] of this.#entries) if (key.startsWith(prefix)) kept.freshUntil = -Infinity
  }

  /** What was read last, latest first. */
  *latest(): Generator<[key: string, kept: Kept]> {
    for (const entry of [...this.#entries].reverse()) yield entry
  }

  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#entries.size
  }
}

const bytesOf = (key: string, copy: Copy): number => copy.body.byteLength + key.length * 2 + ENTRY_OVERHEAD_BYTES
