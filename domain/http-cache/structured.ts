/**
 * Structured fields (RFC 9651), as strictly as the RFC wants them read: one mistake anywhere and the whole field is as
 * if it had not come. Own code, since it must tell `60` from `60.0`, which as JavaScript numbers are the same.
 */
export type BareItem =
  | { type: 'integer' | 'decimal' | 'date'; value: number }
  | { type: 'string' | 'token' | 'bytes' | 'display'; value: string }
  | { type: 'boolean'; value: boolean }

export type Member = BareItem | { type: 'inner-list'; value: BareItem[] }

class Malformed extends Error {}

/** The members of a dictionary, the last of equal keys; null: malformed. Parameters are read and dropped. */
export function parseDictionary(field: string): ReadonlyMap<string, Member> | null {
  return whole(field, (text) => {
    const members = new Map<string, Member>()
    separated(text, () => {
      const key = text.take(KEY)
      const member: Member = text.takes('=') ? memberOf(text) : { type: 'boolean', value: true }
      parameters(text)
      members.delete(key)
      members.set(key, member)
    })
    return members
  })
}

/** The members of a list; null: malformed. Parameters are read and dropped. */
export function parseList(field: string): Member[] | null {
  return whole(field, (text) => {
    const members: Member[] = []
    separated(text, () => {
      members.push(memberOf(text))
      parameters(text)
    })
    return members
  })
}

const KEY = /[a-z*][a-z0-9_\-.*]*/y
const NUMBER = /-?\d+(?:\.\d+)?/y
const STRING = /"(?:[ !#-[\]-~]|\\["\\])*"/y
const TOKEN = /[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*/y
const BYTES = /:[A-Za-z0-9+/]*={0,2}:/y
const DISPLAY = /%"(?:[ !#$&-~]|%[0-9a-f]{2})*"/y
const BOOLEAN = /\?[01]/y
const DATE = /@-?\d{1,15}/y
const SPACES = / */y
const WHITE = /[ \t]*/y

class Text {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get isOver(): boolean {
    return this.#at >= this.#text.length
  }

  get next(): string {
    return this.#text[this.#at] ?? ''
  }

  take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (!found) throw new Malformed()
    this.#at = pattern.lastIndex
    return found[0]
  }

  takes(letter: string): boolean {
    if (this.next !== letter) return false
    this.#at += 1
    return true
  }
}

function whole<Value>(field: string, read: (text: Text) => Value): Value | null {
  const text = new Text(field)
  try {
    text.take(SPACES)
    const value = read(text)
    return text.isOver ? value : null
  } catch (cause) {
    if (cause instanceof Malformed) return null
    throw cause
  }
}

/** Members with commas between them; a comma at the end is a mistake. */
function separated(text: Text, member: () => void): void {
  while (!text.isOver) {
    member()
    text.take(WHITE)
    if (text.isOver) return
    if (!text.takes(',')) throw new Malformed()
    text.take(WHITE)
    if (text.isOver) throw new Malformed()
  }
}

function memberOf(text: Text): Member {
  if (!text.takes('(')) return bareItem(text)
  const items: BareItem[] = []
  for (;;) {
    text.take(SPACES)
    if (text.takes(')')) return { type: 'inner-list', value: items }
    items.push(bareItem(text))
    parameters(text)
    if (text.next !== ' ' && text.next !== ')') throw new Malformed()
  }
}

function parameters(text: Text): void {
  while (text.takes(';')) {
    text.take(SPACES)
    text.take(KEY)
    if (text.takes('=')) bareItem(text)
  }
}

function bareItem(text: Text): BareItem {
  const first = text.next
  if (first === '"') return { type: 'string', value: text.take(STRING).slice(1, -1).replace(/\\(.)/g, '$1') }
  if (first === '?') return { type: 'boolean', value: text.take(BOOLEAN) === '?1' }
  if (first === ':') return { type: 'bytes', value: text.take(BYTES).slice(1, -1) }
  if (first === '@') return { type: 'date', value: Number(text.take(DATE).slice(1)) }
  if (first === '%') return { type: 'display', value: text.take(DISPLAY).slice(2, -1) }
  if (/[-0-9]/.test(first)) return numberOf(text.take(NUMBER))
  return { type: 'token', value: text.take(TOKEN) }
}

/** At most 15 digits; a decimal has at most 12 before and 3 after its point. */
function numberOf(written: string): BareItem {
  const [integer = '', fraction] = written.replace('-', '').split('.')
  if (integer.length > (fraction === undefined ? 15 : 12) || (fraction?.length ?? 0) > 3) throw new Malformed()
  return { type: fraction === undefined ? 'integer' : 'decimal', value: Number(written) }
}
