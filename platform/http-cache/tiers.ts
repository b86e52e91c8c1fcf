/**
 * The tiers as one: this isolate's memory, then whatever lies further away. What is found further away is brought
 * nearer; what is new goes everywhere. A tier that fails is a tier that has nothing.
 *
 * Nobody reaches into another isolate's memory or another data centre's cache: what is forgotten here is forgotten in
 * this isolate, this data centre and the world's tier, and elsewhere it lives until its lifetime ends, or until it is heard
 * that something of it has changed (changes.ts).
 */
import type { TierName } from '../../domain/http-cache/cache-status.ts'
import type { StoredResponse } from '../../domain/http-cache/stored.ts'
import { ttlAt } from '../../domain/http-cache/stored.ts'
import { hasSameSelecting } from '../../domain/http-cache/vary.ts'
import type { MemoryTier } from './memory.ts'

/** A tier outside of this isolate. `keep` replaces what it had. */
export interface FarTier {
  name: TierName
  /** What is stale sooner it leaves out. */
  ttlMsMin: number
  find(key: string): Promise<readonly StoredResponse[]>
  keep(key: string, responses: readonly StoredResponse[], now: number): Promise<void>
  forget(key: string): Promise<void>
}

/** What the tiers need of the request they work for. */
export interface TiersAt {
  now: () => number
  /** Takes over the writing to far tiers, which nobody waits for. */
  waitUntil: (work: Promise<unknown>) => void
  far: readonly FarTier[]
}

/** More than any page has languages and encodings that are really asked for. */
const RESPONSES_PER_ADDRESS_MAX = 12
const FORGOTTEN_MAX = 10_000

export class Tiers {
  readonly memory: MemoryTier
  /** When an address was last forgotten here: what a far tier has from before then is not believed. */
  #forgottenAt = new Map<string, number>()
  #writes = new Map<string, Promise<unknown>>()

  constructor(memory: MemoryTier) {
    this.memory = memory
  }

  near(key: string): readonly StoredResponse[] {
    return this.memory.find(key)
  }

  /** What the far tier has, laid together with what is near. */
  async bringNearer(tier: FarTier, key: string): Promise<readonly StoredResponse[]> {
    const found = await tier.find(key).catch(() => [])
    const forgottenAt = this.#forgottenAt.get(key) ?? 0
    const believed = found.filter(({ receivedAt }) => receivedAt > forgottenAt)
    if (believed.length === 0) return this.near(key)
    const together = laidTogether(this.near(key), believed)
    this.memory.keep(key, together)
    return together
  }

  keep(key: string, responses: readonly StoredResponse[], at: TiersAt): void {
    const newest = responses.toSorted((a, b) => b.receivedAt - a.receivedAt).slice(0, RESPONSES_PER_ADDRESS_MAX)
    const before = this.near(key)
    this.memory.keep(key, newest)
    const now = at.now()
    const isFor = (tier: FarTier, all: readonly StoredResponse[]): boolean =>
      all.some((one) => ttlAt(now, one) >= tier.ttlMsMin)
    // What was replaced by something too short-lived for a tier must not come back from there.
    const write = async (tier: FarTier): Promise<void> => {
      if (isFor(tier, newest)) await tier.keep(key, newest, now)
      else if (isFor(tier, before)) await tier.forget(key)
    }
    this.#afterEarlier(key, write, at)
  }

  forget(key: string, at: TiersAt): void {
    this.memory.forget(key)
    if (at.far.length === 0) return
    if (this.#forgottenAt.size >= FORGOTTEN_MAX) this.#forgottenAt.clear()
    this.#forgottenAt.set(key, at.now())
    this.#afterEarlier(key, (tier) => tier.forget(key), at)
  }

  /** Writes to one address reach the far tiers in the order they were made, or an old one could come last. */
  #afterEarlier(key: string, write: (tier: FarTier) => Promise<void>, { far, waitUntil }: TiersAt): void {
    if (far.length === 0) return
    const earlier = this.#writes.get(key) ?? Promise.resolve()
    const work = earlier
      .then(() => Promise.allSettled(far.map(write)))
      .finally(() => {
        if (this.#writes.get(key) === work) this.#writes.delete(key)
      })
    this.#writes.set(key, work)
    waitUntil(work)
  }
}

/** Of two for the same requests the one that was received later. */
function laidTogether(near: readonly StoredResponse[], far: readonly StoredResponse[]): readonly StoredResponse[] {
  const isSame = (a: StoredResponse, b: StoredResponse): boolean =>
    hasSameSelecting(a, b) && (a.part === null) === (b.part === null)
  const newer = far.filter((one) => !near.some((other) => isSame(one, other) && other.receivedAt >= one.receivedAt))
  return [...newer, ...near.filter((one) => !newer.some((other) => isSame(one, other)))]
}
