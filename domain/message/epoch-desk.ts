/** What a shard of a store's epochs can be asked (domain/freshness/epochs.ts). Every call is safe to repeat. */
import type { EpochNews } from '../freshness/epochs.ts'
import type { EpochsHad } from '../freshness/keeper.ts'

export interface EpochDesk {
  /**
   * What changed since `had`, after a look into the outbox when the last one is not of just now. A look that takes long is
   * not waited for: the news then says how old it is.
   */
  news(had: EpochsHad): Promise<EpochNews>
  /** The same after a look that began after this call. Rejects when nobody could look: for whoever has just written. */
  newsNow(had: EpochsHad): Promise<EpochNews>
  /** Counts these tags as changed; null: everything. */
  bump(tags: readonly string[] | null, had: EpochsHad): Promise<EpochNews>
}

/** The name of a shard's object. */
export const epochsNameFor = (storeId: string, shard: number): string => `${storeId}/epochs-${shard}`

/** Whose shard this object is. */
export function shardNamed(name: string): { storeId: string; shard: number } {
  const at = name.lastIndexOf('/epochs-')
  return { storeId: name.slice(0, at), shard: Number(name.slice(at + '/epochs-'.length)) }
}
