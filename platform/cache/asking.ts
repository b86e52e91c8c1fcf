/** What is asked of the cache, and what it gives. */
import type { Freshness } from '../../domain/freshness/freshness.ts'
import type { Copy } from './copy.ts'
import type { Knowledge } from './knowledge.ts'
import type { Surroundings } from './surroundings.ts'

export interface Found {
  copy: Copy
  /** `Cache-Status` (RFC 9211), origin side first. */
  cacheStatus: string
  /** Until when this isolate may say it again without asking. */
  freshUntil: number
  /** What has to be said with it as long as it is repeated: the epochs or the database were away. */
  detail: string | null
}

/** What a load must have seen. */
export interface Since {
  /** How far the log had come with the changes that are known here (platform/postgres: `Database.seen`). */
  positions: readonly string[]
  /** Nobody knows what has changed, and the class does not want to guess: only the primary is to be believed. */
  fromPrimary: boolean
}

export interface Loaded {
  status: number
  contentType: string
  body: Uint8Array<ArrayBuffer>
  /** What it is made of: it is outdated when one of them changes. None, or a class without tags: it lives by its lifetime. */
  tags?: readonly string[]
  /** The fewest units it tells of; null: it tells of none. */
  unitsLeft?: number | null
  /** It is made of something that is not good for longer, in ms from the question on. */
  keepMostMs?: number
}

/** Brings the answer. What is neither there (200) nor not there (404) is kept nowhere. */
export type Load = (since: Since) => Promise<Loaded>

/** A question on its way through the tiers. */
export interface Asking {
  at: Surroundings
  storeId: string
  question: string
  key: string
  known: Knowledge
  freshness: Freshness
  load: Load
}
