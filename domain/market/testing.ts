/** Markets for tests. */
import type { Market } from './market.ts'

export const aMarket = (own: Partial<Market> = {}): Market => ({
  ...{ key: 'eu', name: 'Europe', countries: ['DE', 'AT'], restricted: [], currency: 'EUR', languages: ['de', 'en'] },
  ...{ taxDisplay: 'included', isDefault: false, version: 1, createdAt: 0, updatedAt: 0 },
  ...own,
})
