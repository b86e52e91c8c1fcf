/**
 * Epochs: how anybody knows that a copy is out of date, without asking the database and without comparing clocks.
 *
 * What is answered is made of things, and each thing has a tag (`product-…`, `drops`). A change counts up: its tag gets
 * the next version of its shard. A copy remembers how far each shard had counted before it was read (its stamp); it is
 * outdated as soon as one of its tags is known to have a later version. So what was read before a change and stored after
 * it is seen for what it is, whoever stored it, wherever, and whenever it is found.
 *
 * A shard remembers only so many tags. What it forgets lifts its floor: a copy from before that cannot be compared any
 * more and counts as outdated.
 */
import { murmur3 } from '../sharding/murmur3.ts'

/** Among tags that have changed: it cannot be said which, so all of them. */
export const EVERYTHING = '*'

/** Per store. Four: a page's tags are spread so that one shard that is away leaves most pages their knowledge. */
export const EPOCH_SHARDS = 4

/** The shard of a tag, by its last letter: the one hash that SQL computes alike (platform/postgres/epochs.ts). */
export function shardOf(tag: string): number {
  const last = tag.charCodeAt(tag.length - 1)
  const isHalf = (last & 0xfc00) === 0xdc00 && tag.length > 1
  return (isHalf ? tag.codePointAt(tag.length - 2)! : last || 0) % EPOCH_SHARDS
}

/** Every copy with tags has this one too, so that one question, or one address, can be asked anew. */
export const tagOfQuestion = (question: string): string => `question-${murmur3(question).toString(36)}`

/** What a shard tells whoever asks: everything that changed since the version they have. */
export interface EpochNews {
  /** Names this count. Another line is another count, and versions of the two say nothing about each other. */
  line: string
  version: number
  floor: number
  /** Tag, its version, and how long ago it changed, in ms; -1: that is not told. */
  changed: (readonly [tag: string, version: number, agoMs: number])[]
  /** How far a database must have come to have seen these changes; '' for no matter. */
  position: string
  /** Every change committed longer ago than this is in it, in ms. Null: the shard cannot say. */
  ageMs: number | null
}

/** What somebody knows of a shard. */
export interface EpochTable {
  line: string
  version: number
  floor: number
  tags: ReadonlyMap<string, number>
  position: string
  /** Every change committed before this instant of the knower's own clock is in it. */
  asOf: number
}

export type EpochTables = readonly (EpochTable | undefined)[]

/** Where each shard stood before a copy was read. */
export interface Stamp {
  lines: readonly string[]
  versions: readonly number[]
}

/** From when on news may be believed to be complete, by the clock of whoever asked at `askedAt`. */
export const asOfNews = ({ ageMs }: Pick<EpochNews, 'ageMs'>, askedAt: number): number =>
  ageMs === null ? -Infinity : askedAt - ageMs

/**
 * Knowledge and news, as one. The order in which news of one line arrives does not matter. News of another line replaces
 * what was known, unless it is the older of the two.
 */
export function learn(known: EpochTable | undefined, news: EpochNews, askedAt: number): EpochTable {
  const asOf = asOfNews(news, askedAt)
  if (known && known.line !== news.line && known.asOf > asOf) return known
  const before = known?.line === news.line ? known : undefined
  const floor = Math.max(before?.floor ?? 0, news.floor)
  const version = Math.max(before?.version ?? 0, news.version)
  const grown = { line: news.line, version, floor, asOf: Math.max(before?.asOf ?? -Infinity, asOf) }
  if (before && news.version <= before.version && floor === before.floor) return { ...before, ...grown }
  const tags = new Map([...(before?.tags ?? [])].filter(([, at]) => at > floor))
  for (const [tag, at] of news.changed) if (at > floor && at > (tags.get(tag) ?? 0)) tags.set(tag, at)
  return { ...grown, tags, position: news.position === '' ? (before?.position ?? '') : news.position }
}

/** How things stand, to be remembered by a copy that is read from now on. */
export const stampOf = (tables: EpochTables): Stamp => ({
  lines: Array.from({ length: EPOCH_SHARDS }, (_, shard) => tables[shard]?.line ?? ''),
  versions: Array.from({ length: EPOCH_SHARDS }, (_, shard) => tables[shard]?.version ?? 0),
})

/** Whether something that this copy is made of is known to have changed since. A shard that is unknown says nothing. */
export function isOutdated(stamp: Stamp, tags: readonly string[], tables: EpochTables): boolean {
  return tags.some((tag) => {
    const shard = shardOf(tag)
    const table = tables[shard]
    if (table === undefined) return false
    const seen = stamp.versions[shard] ?? 0
    return stamp.lines[shard] !== table.line || seen < table.floor || (table.tags.get(tag) ?? 0) > seen
  })
}

/** Whether a copy of this stamp was made before one of that stamp: some shard had counted less far, and none further. */
export function isOlder(stamp: Stamp, than: Stamp): boolean {
  let isLess = false
  for (let shard = 0; shard < EPOCH_SHARDS; shard++) {
    const [mine, other] = [stamp.versions[shard] ?? 0, than.versions[shard] ?? 0]
    if (stamp.lines[shard] !== than.lines[shard] || mine > other) return false
    if (mine < other) isLess = true
  }
  return isLess
}

/** Since when everything is known of all of these tags; -Infinity where a shard has never been heard. */
export function knownSince(tags: readonly string[], tables: EpochTables): number {
  let since = Infinity
  for (const tag of tags) since = Math.min(since, tables[shardOf(tag)]?.asOf ?? -Infinity)
  return since
}
