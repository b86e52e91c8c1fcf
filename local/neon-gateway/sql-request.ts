/**
 * What a client asks for over HTTP: one statement or a batch, and how it wants the answer. The words are those of
 * Neon's proxy (its `serverless/sql_over_http.rs`), which is the only description of the protocol there is.
 */
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import type { IncomingHttpHeaders } from 'node:http'

export interface Statement {
  query: string
  params: (string | null)[]
  arrayMode: boolean
}

export interface SqlRequest {
  statements: Statement[]
  isBatch: boolean
  /** Values as Postgres writes them; otherwise numbers, booleans, JSON and arrays become JSON. */
  rawText: boolean
  isolation: Isolation | undefined
  readOnly: boolean
  deferrable: boolean
}

export type Isolation = keyof typeof ISOLATION_SQL

export const ISOLATION_SQL = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
} as const

/** Reads headers and body, or refuses with the message that goes out as 400. The content type does not matter. */
export function parseSqlRequest(headers: IncomingHttpHeaders, body: string): Decision<SqlRequest, string> {
  // Wrong even for a single statement, which has no use for it.
  const level = headers['neon-batch-isolation-level']
  if (level !== undefined && !isIsolation(level)) return refuse('invalid isolation level')
  const payload = parseJson(body)
  if (!payload.ok) return refuse(`could not parse the HTTP request body: ${payload.refusal}`)

  const arrayMode = headers['neon-array-mode'] === 'true'
  const isBatch = isRecord(payload.value) && typeof payload.value['query'] !== 'string'
  const wanted = isBatch && isRecord(payload.value) ? payload.value['queries'] : [payload.value]
  const statements = Array.isArray(wanted) ? wanted.map((entry: unknown) => parseStatement(entry, arrayMode)) : []
  if (!Array.isArray(wanted) || !statements.every((statement) => statement !== undefined)) {
    return refuse('could not parse the HTTP request body: neither a query nor a list of queries')
  }
  return accept({
    statements,
    isBatch,
    rawText: headers['neon-raw-text-output'] === 'true',
    isolation: level,
    readOnly: headers['neon-batch-read-only'] === 'true',
    deferrable: headers['neon-batch-deferrable'] === 'true',
  })
}

function parseStatement(entry: unknown, arrayMode: boolean): Statement | undefined {
  if (!isRecord(entry) || typeof entry['query'] !== 'string') return undefined
  const { query, params = [], arrayMode: own } = entry
  if (!Array.isArray(params) || (own != null && typeof own !== 'boolean')) return undefined
  return { query, params: params.map(paramText), arrayMode: own ?? arrayMode }
}

/**
 * A parameter as Postgres text. The driver sends text and null only; other clients may send JSON, and an array then
 * means a Postgres array (so one meant for a jsonb column fails, as it does at Neon).
 */
export function paramText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  return Array.isArray(value) ? arrayText(value) : JSON.stringify(value)
}

function arrayText(value: unknown): string {
  if (value === null) return 'NULL'
  if (Array.isArray(value)) return `{${value.map(arrayText).join(',')}}`
  const json = JSON.stringify(value)
  // An object is text to Postgres, and text inside an array is quoted once more.
  return typeof value === 'object' ? JSON.stringify(json) : json
}

function parseJson(body: string): Decision<unknown, string> {
  try {
    return accept(JSON.parse(body))
  } catch (cause) {
    return refuse(cause instanceof Error ? cause.message : String(cause))
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isIsolation(level: unknown): level is Isolation {
  return typeof level === 'string' && Object.hasOwn(ISOLATION_SQL, level)
}
