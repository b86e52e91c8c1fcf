/**
 * No-Vary-Search (draft-ietf-httpbis-no-vary-search-10): an origin says by which parts of the query its answer does not
 * differ, such as `utm_source`, so that one copy serves them all.
 *
 * The key of such answers names the rule beside the address that is left. So an answer is only ever found by whoever knows
 * the very rule that it came with, and a rule that has changed finds nothing of before. No address that anybody asks for
 * has a fragment, so nobody can ask for such a key by hand.
 */
import type { Fields } from './fields.ts'
import { fieldOf } from './fields.ts'
import { parseDictionary, type Member } from './structured.ts'

export interface NoVarySearch {
  /** Whether the parameters may come in any order. */
  anyOrder: boolean
  /** Parameters that make no difference; `all`: none does but those of `except`. */
  ignored: 'all' | readonly string[]
  except: readonly string[]
}

/** What the field says; null: it says nothing, or one thing in it is malformed, and then the whole of it is void. */
export function noVarySearchOf(fields: Fields): NoVarySearch | null {
  const field = fieldOf(fields, 'no-vary-search')
  const members = field === null ? null : parseDictionary(field)
  if (!members) return null
  const anyOrder = flagOf(members.get('key-order'))
  const params = members.get('params')
  const ignored = params?.type === 'inner-list' ? stringsOf(params) : flagOf(params)
  const exception = members.get('except')
  const except = exception === undefined ? [] : stringsOf(exception)
  if (anyOrder === null || ignored === null || except === null) return null
  if (exception !== undefined && ignored !== true) return null
  const rule: NoVarySearch = {
    anyOrder,
    ignored: ignored === true ? 'all' : ignored === false ? [] : ignored.toSorted(),
    except: except.toSorted(),
  }
  return rule.anyOrder || rule.ignored.length > 0 ? rule : null
}

/** The key of this address under the rule: the same for all addresses that the rule takes for one. */
export function reducedKey(address: string, { anyOrder, ignored, except }: NoVarySearch): string {
  const [path = '', search = ''] = address.split(/\?(.*)/s, 2)
  const makesADifference = ([name]: Pair): boolean =>
    ignored === 'all' ? except.includes(name) : !ignored.includes(name)
  const pairs = pairsOf(search).filter(makesADifference)
  if (anyOrder) pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)) // stable: equal names keep their order
  const rest = pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&')
  const rule = JSON.stringify([anyOrder, ignored, except])
  return `${path}${rest === '' ? '' : `?${rest}`}#${encodeURIComponent(rule)}`
}

type Pair = [name: string, value: string]

/** As a form is read (application/x-www-form-urlencoded). */
const pairsOf = (search: string): Pair[] =>
  search
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', value = ''] = part.split(/=(.*)/s, 2)
      return [decoded(name), decoded(value)]
    })

/** What is no UTF-8 stays as it is written: two spellings that a browser takes for one are then two, which does no harm. */
function decoded(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

/** Null: it is none. */
const flagOf = (member: Member | undefined): boolean | null =>
  member === undefined ? false : member.type === 'boolean' ? member.value : null

function stringsOf(member: Member): string[] | null {
  if (member.type !== 'inner-list') return null
  const strings = member.value.flatMap((item) => (item.type === 'string' ? [item.value] : []))
  return strings.length === member.value.length ? strings : null
}
