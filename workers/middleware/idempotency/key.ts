/** The header `Idempotency-Key`: what may be one. */
import { accept, refuse, type Decision } from '../../../domain/basics/decision.ts'
import type { DoorRefusal } from '../../problems.ts'

export const KEY_LETTERS_MAX = 255

/** Visible ASCII. No comma: two headers arrive joined by one, and we must not guess which was meant. */
const KEY = /^[\x21-\x2b\x2d-\x7e]+$/

/** The header's value. The draft writes it as a quoted string; quotes, when they are there, are taken off. */
export function parseKey(header: string | undefined): Decision<string, DoorRefusal> {
  if (header === undefined) return refuse({ code: 'idempotency_key_missing' })
  const quoted = /^"(.*)"$/.exec(header.trim())
  const key = quoted ? quoted[1]! : header.trim()
  if (key === '') return malformed('It is empty.')
  if (key.includes(',')) return malformed('It contains a comma, as two headers joined into one do.')
  if (key.length > KEY_LETTERS_MAX) return malformed(`It is longer than ${KEY_LETTERS_MAX} letters.`)
  if (!KEY.test(key)) return malformed('It contains letters that are not visible ASCII.')
  return accept(key)
}

const malformed = (problem: string): Decision<never, DoorRefusal> =>
  refuse({ code: 'idempotency_key_malformed', problem })
