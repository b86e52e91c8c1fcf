/**
 * Cuts JSON that arrives in pieces into the objects of its list, so that a long file is never held as a whole: an array
 * of objects, an object whose `products` or `data` is one, or one object a line (NDJSON, ndjson.org).
 *
 * Only brackets and strings are counted here; whether an object is valid is found out one object at a time, so a broken
 * one spoils itself alone.
 */

export interface JsonItem {
  /** The line on which the object begins, from 1. */
  line: number
  /** Its text; null when it is longer than an object may be, or never ends. */
  text: string | null
}

/** Longer than any product; an object beyond it has lost a bracket. */
export const ITEM_LENGTH_MAX = 1024 * 1024

export class JsonItemReader {
  #line = 1
  #depth = 0
  /** How deep a list's objects lie: 0 until the list has been found. */
  #listDepth = 0
  #inString = false
  #isEscaped = false
  #begun = false
  /** The text of the object that is open, and where it began. */
  #open: { line: number; parts: string[]; length: number } | undefined
  /** The last string at the depth of the outermost object: the key of what follows. */
  #key = ''
  #keyParts: string[] | undefined

  push(piece: string): JsonItem[] {
    const text = this.#begun ? piece : piece.replace(/^\uFEFF/, '')
    if (piece !== '') this.#begun = true
    const items: JsonItem[] = []
    let from = 0
    for (let at = 0; at < text.length; at++) {
      const letter = text.charCodeAt(at)
      if (letter === 10) this.#line += 1
      if (this.#inString) {
        this.#string(letter, text[at]!)
        continue
      }
      if (letter === 34) this.#beginString()
      else if (letter === 123 || letter === 91) {
        if (this.#isItem(letter)) {
          this.#open = { line: this.#line, parts: [], length: 0 }
          from = at
        }
        this.#depth += 1
        this.#findList(letter)
      } else if (letter === 125 || letter === 93) {
        this.#depth = Math.max(0, this.#depth - 1)
        if (this.#open && this.#depth === this.#itemDepth()) {
          this.#keep(text.slice(from, at + 1))
          items.push(this.#finish())
        }
      }
    }
    if (this.#open) this.#keep(text.slice(from))
    return items
  }

  /** An object that never ended. */
  end(): JsonItem[] {
    if (!this.#open) return []
    const { line } = this.#open
    this.#open = undefined
    return [{ line, text: null }]
  }

  #beginString(): void {
    this.#inString = true
    this.#keyParts = this.#depth === 1 && !this.#open ? [] : undefined
  }

  #string(letter: number, character: string): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (letter === 92) this.#isEscaped = true
    else if (letter === 34) {
      this.#inString = false
      if (this.#keyParts) this.#key = this.#keyParts.join('')
      return
    }
    if (this.#keyParts && this.#keyParts.length < 100) this.#keyParts.push(character)
  }

  #itemDepth(): number {
    return this.#listDepth
  }

  #isItem(letter: number): boolean {
    return letter === 123 && !this.#open && this.#listDepth > 0 && this.#depth === this.#listDepth
  }

  /** The list is the outermost array, or the array under `products` or `data` of the outermost object. */
  #findList(letter: number): void {
    if (this.#listDepth > 0 || letter !== 91) return
    if (this.#depth === 1 || (this.#depth === 2 && (this.#key === 'products' || this.#key === 'data'))) {
      this.#listDepth = this.#depth
    }
  }

  #keep(text: string): void {
    const open = this.#open!
    open.length += text.length
    if (open.length <= ITEM_LENGTH_MAX) open.parts.push(text)
    else open.parts.length = 0
  }

  #finish(): JsonItem {
    const { line, parts, length } = this.#open!
    this.#open = undefined
    return { line, text: length <= ITEM_LENGTH_MAX ? parts.join('') : null }
  }
}

/** One object a line. A line that is no object costs itself. */
export class NdjsonReader {
  #line = 1
  #rest = ''
  #length = 0

  push(piece: string): JsonItem[] {
    const lines = piece.split('\n')
    const last = lines.pop()!
    const items = lines.flatMap((text) => {
      this.#keep(text)
      return this.#finish()
    })
    this.#keep(last)
    return items
  }

  end(): JsonItem[] {
    return this.#finish()
  }

  #keep(text: string): void {
    this.#length += text.length
    this.#rest = this.#length <= ITEM_LENGTH_MAX ? this.#rest + text : ''
  }

  #finish(): JsonItem[] {
    const line = this.#line
    const text = this.#length <= ITEM_LENGTH_MAX ? this.#rest.replace(/^\uFEFF/, '').trim() : null
    this.#line += 1
    this.#rest = ''
    this.#length = 0
    return text === '' ? [] : [{ line, text }]
  }
}
