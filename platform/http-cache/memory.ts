/**
 * The nearest tier: the responses this isolate has at hand, by address. Bounded by bytes; the address asked least
 * lately goes first, with all it has.
 */
import type { StoredResponse } from '../../domain/http-cache/stored.ts'

/** What a response costs beside its body: names and values of its fields, the facts, the map's slot. */
const OVERHEAD_BYTES = 1024

interface Kept {
  responses: readonly StoredResponse[]
  bytes: number
}

export class MemoryTier {
  readonly #bytesMax: number
  #kept = new Map<string, Kept>()
  #bytes = 0

  /** @param bytesMax an isolate has 128 MB for everything, and shares them with the code. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  find(key: string): readonly StoredResponse[] {
    const kept = this.#kept.get(key)
    if (!kept) return []
    // A Map keeps the order of insertion: putting it back makes it the youngest.
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    return kept.responses
  }

  /** Replaces what was kept for this address. One that is a giant is not kept: it must not drive out everybody else. */
  keep(key: string, responses: readonly StoredResponse[]): void {
    this.forget(key)
    const bytes = responses.reduce((sum, { body }) => sum + body.byteLength + OVERHEAD_BYTES, key.length * 2)
    if (responses.length === 0 || bytes > this.#bytesMax / 4) return
    this.#kept.set(key, { responses, bytes })
    this.#bytes += bytes
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#bytesMax) break
      this.forget(oldest)
    }
  }

  forget(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0
    this.#kept.delete(key)
  }

  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#kept.size
  }
}
