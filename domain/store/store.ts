import type { Market } from '../market/market.ts'

/** A store: the tenant. One deployment may serve several, told apart by host name. */
export interface Store {
  id: string
  name: string
  /** ISO 4217. Every price of the store is in it, but those that a market has of its own. */
  currency: string
  hostnames: string[]
  settings: StoreSettings
  /** How many order books it has had, each time more; the last is how many it has (domain/sharding/books.ts). */
  orderBooks: number[]
  /** Empty: it sells everywhere in its own currency. */
  markets: Market[]
  /** Where the law wants its objects to be, as when it was made (`eu`); null: anywhere. It never changes. */
  jurisdiction: string | null
}

export interface StoreSettings {
  /** How long a basket's hold lasts unless a drop says otherwise. */
  holdDurationMs: number
  /** Units of one SKU that one visitor may take unless a variant or a drop says otherwise. */
  unitsPerVisitorMax: number
  supportEmail: string
  /** A line under the shop's name. */
  tagline: string
}

export const DEFAULT_SETTINGS: StoreSettings = {
  holdDurationMs: 8 * 60_000, // long enough for 3-D Secure, short enough to sell again
  unitsPerVisitorMax: 10,
  supportEmail: '',
  tagline: '',
}

/** Settings as they are kept, whatever of them is missing or spoilt, as settings that work. */
export function settingsFrom(kept: unknown): StoreSettings {
  const said: Record<string, unknown> = typeof kept === 'object' && kept !== null ? { ...kept } : {}
  const whole = (name: 'holdDurationMs' | 'unitsPerVisitorMax', least: number, most: number): number => {
    const value = said[name]
    const fallback = DEFAULT_SETTINGS[name]
    return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : fallback
  }
  const text = (name: keyof StoreSettings): string => (typeof said[name] === 'string' ? said[name] : '')
  return {
    holdDurationMs: whole('holdDurationMs', 10_000, 86_400_000),
    unitsPerVisitorMax: whole('unitsPerVisitorMax', 1, 1_000_000),
    supportEmail: text('supportEmail'),
    tagline: text('tagline'),
  }
}
