/**
 * Statements as plain values: built here, sent by whichever connection is right (database.ts). drizzle renders and maps
 * them; `statements` itself is connected to nothing, so a query cannot be sent past the router by accident.
 */
import type { SQL } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { drizzle } from 'drizzle-orm/neon-http'

export { sql } from 'drizzle-orm'
export type { SQL } from 'drizzle-orm'
export type { BatchResponse } from 'drizzle-orm/batch'

/** Builds statements (`statements.select()…`, `statements.execute(sql`…`)`); cannot run them. */
export const statements = drizzle.mock()

export type Statement = BatchItem<'pg'>
export type Batch = readonly [Statement, ...Statement[]]

/** A statement written in SQL, and the shape of its rows. int8 arrives as text: wrap it in jsonb, or cast it. */
export const rowsOf = <Row extends Record<string, unknown>>(query: SQL) => statements.execute<Row>(query)
