/**
 * How Neon says no: one object with every key always there, and a status that tells whose error it was. A client may
 * read the SQLSTATE of a 400 from the driver's error; of every other status the driver keeps only the text.
 */
import { DatabaseError } from 'pg'

/** What went wrong while reaching Postgres: the session never began. */
export class ConnectFault extends Error {
  override readonly name = 'ConnectFault'
}

/** The answer grew over the limit. */
export class ResponseTooLarge extends Error {
  override readonly name = 'ResponseTooLarge'
  constructor(maxBytes: number) {
    super(`response is too large (max is ${maxBytes} bytes)`)
  }
}

export interface ErrorAnswer {
  status: number
  body: Record<string, string | null>
}

/** Neon authenticates before it connects, so these are the client's mistakes though they happen while connecting. */
const CLIENTS_OWN = new Set(['3D000', '28P01', '28000'])

export function errorAnswer(cause: unknown): ErrorAnswer {
  if (cause instanceof ResponseTooLarge) return plainError(507, cause.message)
  if (cause instanceof ConnectFault) {
    const reason = cause.cause
    if (!(reason instanceof DatabaseError)) return plainError(500, "Couldn't connect to compute node")
    return { status: CLIENTS_OWN.has(reason.code ?? '') ? 400 : 500, body: bodyOf(reason) }
  }
  if (cause instanceof DatabaseError) return { status: 400, body: bodyOf(cause) }
  // The connection broke under a statement. Neon answers 400 without a code here as well, and whether the statement
  // took effect is unknown.
  return plainError(400, cause instanceof Error ? cause.message : String(cause))
}

/** An error that is not from Postgres. */
export function plainError(status: number, message: string): ErrorAnswer {
  return { status, body: { ...EMPTY, message } }
}

const EMPTY = {
  message: '',
  code: '',
  detail: null,
  hint: null,
  position: null,
  internalPosition: null,
  internalQuery: null,
  severity: '',
  where: null,
  table: null,
  column: null,
  schema: null,
  dataType: null,
  constraint: null,
  file: null,
  line: null,
  routine: null,
}

function bodyOf(error: DatabaseError): Record<string, string | null> {
  const { message, code = '', severity = '' } = error
  return {
    ...EMPTY,
    message,
    code,
    severity,
    detail: error.detail ?? null,
    hint: error.hint ?? null,
    position: error.position ?? null,
    internalPosition: error.internalPosition ?? null,
    internalQuery: error.internalQuery ?? null,
    where: error.where ?? null,
    table: error.table ?? null,
    column: error.column ?? null,
    schema: error.schema ?? null,
    dataType: error.dataType ?? null,
    constraint: error.constraint ?? null,
    file: error.file ?? null,
    line: error.line ?? null,
    routine: error.routine ?? null,
  }
}
