/**
 * The answer of a client that did not ask for raw text: booleans, small integers, floats, JSON and arrays of them as
 * JSON, everything else (bigint and numeric above all) as text, so that no digit is lost.
 *
 * Weakness: only built-in array types are known by number; an array of an enum stays text here and would be a list at
 * Neon, which looks the type up. The driver always asks for raw text and never comes here.
 */
import { assert } from '../../domain/basics/assert.ts'

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

const [BOOL, INT2, INT4, FLOAT4, FLOAT8, JSON_TYPE, JSONB] = [16, 21, 23, 700, 701, 114, 3802]
const NUMBERS = new Set([INT2, INT4, FLOAT4, FLOAT8])

/** Array type → type of its elements, from the catalog `pg_type`. */
const ELEMENT_OF = new Map([
  [1000, 16],
  [1001, 17],
  [1002, 18],
  [1003, 19],
  [1005, 21],
  [1007, 23],
  [1009, 25],
  [1014, 1042],
  [1015, 1043],
  [1016, 20],
  [1021, 700],
  [1022, 701],
  [1028, 26],
  [1041, 869],
  [1115, 1114],
  [1182, 1082],
  [1183, 1083],
  [1185, 1184],
  [1187, 1186],
  [1231, 1700],
  [199, 114],
  [2951, 2950],
  [3807, 3802],
])

/** A value as Postgres wrote it, of the type with this number, as JSON. */
export function typedValue(text: string, type: number): Json {
  const element = ELEMENT_OF.get(type)
  if (element !== undefined) return arrayValue(text, element)
  if (type === BOOL) return text === 't'
  if (type === JSON_TYPE || type === JSONB) return parsed(text)
  if (!NUMBERS.has(type)) return text
  const number = Number(text)
  return Number.isFinite(number) ? number : text // JSON has no NaN and no Infinity
}

function parsed(text: string): Json {
  // oxlint-disable-next-line typescript/no-unsafe-return -- what JSON.parse returns is JSON
  return JSON.parse(text)
}

/** Reads `{1,NULL,"a b",{…}}`; bounds such as `[0:2]=` are dropped, JSON has no place for them. */
function arrayValue(text: string, element: number): Json {
  let at = text.startsWith('[') ? text.indexOf('=') + 1 : 0

  function list(): Json[] {
    const items: Json[] = []
    at += 1 // the opening brace
    while (at < text.length && text[at] !== '}') {
      items.push(item())
      if (text[at] === ',') at += 1
    }
    at += 1
    return items
  }

  function item(): Json {
    if (text[at] === '{') return list()
    if (text[at] === '"') return typedValue(quoted(), element)
    const end = text.slice(at).search(/[,}]/)
    assert(end >= 0, 'Postgres closes the arrays it writes')
    const word = text.slice(at, at + end)
    at += end
    return word === 'NULL' ? null : typedValue(word, element)
  }

  function quoted(): string {
    let word = ''
    for (at += 1; at < text.length && text[at] !== '"'; at += 1) {
      if (text[at] === '\\') at += 1
      word += text[at]
    }
    at += 1
    return word
  }

  return list()
}
