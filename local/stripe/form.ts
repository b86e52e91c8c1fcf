/**
 * Stripe's request bodies: application/x-www-form-urlencoded with brackets for nesting, as in
 * `metadata[order_id]=1`, `expand[]=latest_charge`, `expand[0]=latest_charge` (docs.stripe.com/api, "Requests").
 * Branches are Maps, not objects, so that a field named `__proto__` is only a name.
 */
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import { invalid, type ApiRefusal } from './answers.ts'

export type Form = Map<string, FormValue>
export type FormValue = string | Form

const NESTING_MAX = 8 // the deepest field of Stripe's own API has five levels
const FIELDS_MAX = 1000

/** Reads a body or a query string. Refuses malformed names, percent signs that mean nothing, and a name used twice. */
export function parseForm(text: string): Decision<Form, ApiRefusal> {
  const root: Form = new Map()
  const pairs = text.split('&').filter((pair) => pair !== '')
  if (pairs.length > FIELDS_MAX) return refuse(invalid('Too many parameters.'))
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    const value = decode(equals < 0 ? '' : pair.slice(equals + 1))
    if (name === null || value === null) return refuse(invalid('The request is not valid form encoding.'))
    const problem = plant(root, name, value)
    if (problem !== null) return refuse(problem)
  }
  return accept(root)
}

/** Every leaf with its full name, sorted: two requests with the same fields give the same text. */
export function canonical(form: Form, prefix = ''): string {
  const lines = [...form].map(([name, value]) => {
    const full = prefix === '' ? name : `${prefix}[${name}]`
    return typeof value === 'string' ? `${full}=${JSON.stringify(value)}` : canonical(value, full)
  })
  return lines.toSorted().join('\n')
}

function plant(root: Form, name: string, value: string): ApiRefusal | null {
  const path = steps(name)
  if (path === null || path.length > NESTING_MAX) return invalid(`Invalid parameter name: ${name}`)
  const leaf = path.pop() ?? ''
  let branch = root
  for (const step of path) {
    const next = branch.get(step) ?? new Map<string, FormValue>()
    if (typeof next === 'string') return invalid(`Invalid hash: ${name}`, undefined, name)
    branch.set(step, next)
    branch = next
  }
  const key = leaf === '' ? String(branch.size) : leaf
  if (branch.has(key)) return invalid(`Received parameter twice: ${name}`, undefined, name)
  branch.set(key, value)
  return null
}

/** `a[b][]` → a, b, ''. Only the last step may be empty. */
function steps(name: string): string[] | null {
  const head = name.split('[', 1)[0] ?? ''
  const rest = name.slice(head.length)
  if (head === '' || !/^(\[[^[\]]+\])*(\[\])?$/.test(rest)) return null
  return rest === '' ? [head] : [head, ...rest.slice(1, -1).split('][')]
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}
