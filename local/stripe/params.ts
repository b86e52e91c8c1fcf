/**
 * Reads the parameters of one request and remembers the first thing wrong with them. Whoever reads asks for every
 * field it knows and then calls `settle`, which also refuses the fields nobody asked for, as Stripe does.
 */
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import { invalid, type ApiRefusal } from './answers.ts'
import type { Form, FormValue } from './form.ts'

const TEXT_MAX = 5000

export class Params {
  readonly #form: Form
  readonly #path: string
  readonly #known = new Set<string>()
  #problem: ApiRefusal | null = null

  constructor(form: Form, path = '') {
    this.#form = form
    this.#path = path
  }

  has(name: string): boolean {
    return this.#form.has(name)
  }

  isGroup(name: string): boolean {
    return this.#form.get(name) instanceof Map
  }

  /** Says what is wrong; only the first thing said is kept. */
  complain(problem: ApiRefusal): void {
    this.#problem ??= problem
  }

  require(...names: string[]): void {
    for (const name of names) {
      if (this.#form.has(name)) continue
      this.complain(invalid(`Missing required param: ${this.#full(name)}.`, 'parameter_missing', this.#full(name)))
    }
  }

  /** Null when it was not sent, or sent empty. */
  text(name: string): string | null {
    const value = this.#take(name)
    if (value === undefined || value === '') return null
    if (typeof value !== 'string') return this.#not(name, 'string')
    if (value.length > TEXT_MAX) this.complain(invalid(`Invalid string: too long.`, undefined, this.#full(name)))
    return value
  }

  integer(name: string, min: number, max = 99_999_999): number | null {
    const value = this.#take(name)
    if (value === undefined) return null
    if (typeof value !== 'string' || !/^-?\d{1,15}$/.test(value)) return this.#not(name, 'integer')
    const number = Number(value)
    if (number < min) this.complain(this.#integer(name, `This value must be greater than or equal to ${min}.`))
    if (number > max) this.complain(this.#integer(name, `This value must be less than or equal to ${max}.`))
    return number
  }

  flag(name: string): boolean | null {
    const value = this.#take(name)
    if (value === undefined) return null
    if (value !== 'true' && value !== 'false') return this.#not(name, 'boolean')
    return value === 'true'
  }

  choice<Value extends string>(name: string, values: readonly Value[]): Value | null {
    const value = this.text(name)
    if (value === null) return null
    const found = values.find((known) => known === value)
    if (found === undefined) {
      this.complain(
        invalid(`Invalid ${this.#full(name)}: must be one of ${values.join(', ')}`, undefined, this.#full(name)),
      )
    }
    return found ?? null
  }

  list(name: string): string[] {
    const value = this.#take(name)
    if (value === undefined) return []
    if (typeof value === 'string') {
      if (value !== '') this.#not(name, 'array')
      return []
    }
    return [...value.values()].filter((item) => typeof item === 'string')
  }

  /** A nested group of fields, read by the same rules; what is wrong in it is wrong here. */
  group<Value>(name: string, read: (inner: Params) => Value): Value | null {
    const value = this.#take(name)
    if (value === undefined || value === '') return null
    if (typeof value === 'string') return this.#not(name, 'object')
    const inner = new Params(value, this.#full(name))
    const result = read(inner)
    const settled = inner.settle()
    if (!settled.ok) this.complain(settled.refusal)
    return result
  }

  /** Metadata as sent: an empty text removes a key; null when the whole was sent empty, which removes all. */
  metadata(): Record<string, string> | null | undefined {
    const value = this.#take('metadata')
    if (value === undefined) return undefined
    if (value === '') return null
    if (typeof value === 'string') return this.#not('metadata', 'object')
    const result: Record<string, string> = {}
    for (const [key, text] of value) {
      const full = this.#full(`metadata[${key}]`)
      if (typeof text !== 'string') this.complain(invalid('Metadata values must be strings.', undefined, full))
      else if (key.length > 40) this.complain(invalid('Metadata keys can have up to 40 characters.', undefined, full))
      else if (text.length > 500)
        this.complain(invalid('Metadata values can have up to 500 characters.', undefined, full))
      else Object.defineProperty(result, key, { value: text, enumerable: true, configurable: true, writable: true })
    }
    return result
  }

  /** Fields that are accepted and change nothing here. */
  ignore(...names: string[]): void {
    for (const name of names) this.#known.add(name)
  }

  /** Refuses with the first problem, or with the first field nobody knows. */
  settle(): Decision<null, ApiRefusal> {
    for (const name of this.#form.keys()) {
      if (this.#known.has(name)) continue
      const full = this.#full(name)
      this.complain(invalid(`Received unknown parameter: ${full}`, 'parameter_unknown', full))
    }
    return this.#problem === null ? accept(null) : refuse(this.#problem)
  }

  #take(name: string): FormValue | undefined {
    this.#known.add(name)
    return this.#form.get(name)
  }

  #full(name: string): string {
    return this.#path === '' ? name : `${this.#path}[${name}]`
  }

  #integer(name: string, message: string): ApiRefusal {
    return invalid(message, 'parameter_invalid_integer', this.#full(name))
  }

  #not(name: string, kind: string): null {
    const code = kind === 'integer' ? 'parameter_invalid_integer' : undefined
    this.complain(invalid(`Invalid ${kind}: ${this.#full(name)}`, code, this.#full(name)))
    return null
  }
}
