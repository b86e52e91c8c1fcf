/** After a change of the catalog: the owners of stock hear of it. Whoever cannot be told now is told by the cron. */
import { publishOffers } from '../../../platform/postgres/offers.ts'
import type { JobParts } from '../parts.ts'

const AT_ONCE = 100
const GOES_MOST = 10

export async function tellStock(storeId: string, parts: Pick<JobParts, 'database' | 'stockOf'>): Promise<void> {
  for (let go = 0; go < GOES_MOST; go++) {
    const { more } = await publishOffers(parts.database(), parts.stockOf, { storeId, limit: AT_ONCE })
    if (!more) return
  }
}
