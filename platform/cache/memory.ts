/**
 * The nearest tier: what this isolate has at hand. Bounded by bytes, least recently read goes first. Whatever it
 * holds may be gone at any time, and nobody from another isolate can reach in; so lifetimes are seconds.
 */
export interface Copy {
  status: number
  contentType: string
  body: Uint8Array<ArrayBuffer>
  /** Strong: a digest of the body. */
  etag: string
  /** When it was read from the database, in ms. */
  readAt: number
}

interface Kept {
  copy: Copy
  freshUntil: number
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

  keep(key: string, copy: Copy, freshUntil: number): void {
    this.forget(key)
    const bytes = bytesOf(key, copy)
    if (bytes > this.#bytesMax / 4) return // one giant must not drive out everybody else
    this.#entries.set(key, { copy, freshUntil })
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

  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
  }

  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#entries.size
  }
}

const bytesOf = (key: string, copy: Copy): number => copy.body.byteLength + key.length * 2 + ENTRY_OVERHEAD_BYTES
