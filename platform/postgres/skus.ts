/** The SKUs a store has ever had, in order: what a proof goes through. Removed ones too; their units are still counted. */
import type { Reader } from './reading.ts'
import { rowsOf, sql } from './statements.ts'

/** Whether the store has ever had this SKU. */
export async function hasSku(reader: Reader, storeId: string, sku: string): Promise<boolean> {
  const rows = await reader.rows(
    rowsOf<{ sku: string }>(sql`select sku from variants where store_id = ${storeId} and sku = ${sku}`),
  )
  return rows.length > 0
}

/** At most `limit` SKUs that come after `after`; '' begins. */
export async function listSkus(reader: Reader, storeId: string, after: string, limit: number): Promise<string[]> {
  const rows = await reader.rows(
    rowsOf<{ sku: string }>(
      sql`select sku from variants where store_id = ${storeId} and sku > ${after} order by sku limit ${limit}`,
    ),
  )
  return rows.map(({ sku }) => sku)
}
