/**
 * Runs what a client asked for on a borrowed session, with the extended protocol: one command per statement, all
 * values as text both ways. A batch is one transaction; between its statements nothing is checked, so that a client
 * may write `COMMIT AND CHAIN` in the middle to learn the position of its commit.
 */
import { Query, type ClientBase, type CustomTypesConfig, type FieldDef } from 'pg'
import { ResponseTooLarge } from './errors.ts'
import { ISOLATION_SQL, type SqlRequest, type Statement } from './sql-request.ts'
import { typedValue, type Json } from './typed-values.ts'

export interface StatementAnswer {
  fields: FieldDef[]
  rows: Json[]
  command: string
  rowCount: number | null
  rowAsArray: boolean
}

/** What the answer of one request may still grow by, over all its statements. */
export interface Budget {
  maxBytes: number
  usedBytes: number
}

export interface Work {
  client: ClientBase
  budget: Budget
  /** The client hung up: no further statement is begun. The one that runs is cancelled by others. */
  signal: AbortSignal
}

/** Throws what Postgres says, or `ResponseTooLarge`, after which the session is in the middle of an answer. */
export async function runRequest(work: Work, request: SqlRequest): Promise<StatementAnswer[]> {
  if (!request.isBatch) return runAll(work, request)
  await work.client.query(beginOf(request))
  try {
    const answers = await runAll(work, request)
    await work.client.query('COMMIT')
    return answers
  } catch (cause) {
    if (!(cause instanceof ResponseTooLarge)) await work.client.query('ROLLBACK').catch(() => undefined)
    throw cause
  }
}

async function runAll(work: Work, { statements, rawText }: SqlRequest): Promise<StatementAnswer[]> {
  const answers: StatementAnswer[] = []
  for (const statement of statements) {
    work.signal.throwIfAborted()
    answers.push(await runStatement(work, statement, rawText))
  }
  work.signal.throwIfAborted()
  return answers
}

function beginOf({ isolation, readOnly, deferrable }: SqlRequest): string {
  const modes = [
    ...(isolation ? [`ISOLATION LEVEL ${ISOLATION_SQL[isolation]}`] : []),
    ...(readOnly ? ['READ ONLY'] : []),
    ...(deferrable ? ['DEFERRABLE'] : []),
  ]
  return `START TRANSACTION ${modes.join(', ')}`
}

/** Rows are counted as they come: a cross join must not fill our memory before it is refused. */
function runStatement({ client, budget }: Work, statement: Statement, rawText: boolean): Promise<StatementAnswer> {
  const { query: text, params: values, arrayMode } = statement
  // Without `extended`, a statement without parameters would go the simple way, and `a; b` with it.
  const config = { text, values, rowMode: 'array', types: AS_TEXT, queryMode: 'extended' }
  const query = new Query<(string | null)[]>(config)
  const raw: (string | null)[][] = []
  return new Promise((resolve, reject) => {
    query.on('row', (row) => {
      if (budget.usedBytes > budget.maxBytes) return
      budget.usedBytes += row.reduce((sum, value) => sum + (value === null ? 4 : Buffer.byteLength(value) + 3), 0)
      if (budget.usedBytes > budget.maxBytes) reject(new ResponseTooLarge(budget.maxBytes))
      else raw.push(row)
    })
    query.on('error', reject)
    query.on('end', ({ fields, command, rowCount }) => {
      const rows = raw.map((row) => shaped(row, fields, arrayMode, rawText))
      resolve({ fields: fields.map(published), rows, command: command ?? '', rowCount, rowAsArray: arrayMode })
    })
    client.query(query)
  })
}

function shaped(row: (string | null)[], fields: FieldDef[], arrayMode: boolean, rawText: boolean): Json {
  const values = row.map((value, i) =>
    value === null || rawText ? value : typedValue(value, fields[i]?.dataTypeID ?? 0),
  )
  return arrayMode ? values : Object.fromEntries(fields.map(({ name }, i) => [name, values[i] ?? null]))
}

function published({ name, dataTypeID, tableID, columnID, dataTypeSize, dataTypeModifier }: FieldDef): FieldDef {
  return { name, dataTypeID, tableID, columnID, dataTypeSize, dataTypeModifier, format: 'text' }
}

const AS_TEXT: CustomTypesConfig = { getTypeParser: () => (value: string) => value }
