/**
 * CSV (RFC 4180) in pieces of text, row by row: quotes, doubled quotes, line breaks inside quotes, CR, LF and CRLF, a
 * byte order mark. Holds one row at a time, however long the file.
 *
 * A quotation mark that is never closed would swallow the rest of the file. Here it costs one line: when a cell does not
 * end within its limit, or at the end of the file, the line it began on is reported and reading goes on with the next.
 */
import { assert } from '../basics/assert.ts'

export interface CsvRow {
  /** The line of the file on which the row begins, from 1. */
  line: number
  cells: string[]
  /** Why the row cannot be used; its cells are empty then. */
  trouble: 'cell_does_not_end' | null
}

/** Longer than any description; a cell beyond it has lost its quotation mark. */
export const CELL_LENGTH_MAX = 256 * 1024

/** All cells of a row together. */
const ROW_LENGTH_MAX = 4 * CELL_LENGTH_MAX

const QUOTE = 34
const COMMA = 44
const LF = 10
const CR = 13

export class CsvReader {
  /** Text from the beginning of the current row on. */
  #text = ''
  #line = 1
  #begun = false
  /** Whether the rest of a line that was given up is still to come. */
  #skipping = false

  /** Rows that are complete with this piece. */
  push(piece: string): CsvRow[] {
    this.#text += this.#begun ? piece : piece.replace(/^\uFEFF/, '')
    if (piece !== '') this.#begun = true
    return this.#take(false)
  }

  /** What is left when there is no more. */
  end(): CsvRow[] {
    return this.#take(true)
  }

  #take(isEnd: boolean): CsvRow[] {
    const rows: CsvRow[] = []
    const text = this.#text
    let at = this.#skipping ? this.#skipLine(text, 0) : 0
    while (at < text.length) {
      const scanned = scanRow(text, at, isEnd)
      const isTooLong = scanned === 'more' && text.length - at > ROW_LENGTH_MAX
      if (scanned === 'lost' || isTooLong) {
        rows.push({ line: this.#line, cells: [], trouble: 'cell_does_not_end' })
        at = this.#skipLine(text, at)
        continue
      }
      if (scanned === 'more') break
      const row = scanned
      if (row.cells.length > 1 || row.cells[0] !== '') rows.push({ line: this.#line, cells: row.cells, trouble: null })
      this.#line += row.lines
      assert(row.end > at, 'each row takes some text')
      at = row.end
    }
    this.#text = text.slice(at)
    return rows
  }

  /** Passes over the rest of a line; what of it has not arrived yet is passed over when it comes. */
  #skipLine(text: string, from: number): number {
    const next = endOfLine(text, from)
    this.#skipping = next === -1
    if (next === -1) return text.length
    this.#line += 1
    return next
  }
}

/** One row from `start`; `more` when it is not complete yet, `lost` when a quoted cell does not end. */
function scanRow(
  text: string,
  start: number,
  isEnd: boolean,
): { cells: string[]; end: number; lines: number } | 'more' | 'lost' {
  const cells: string[] = []
  let lines = 1
  let at = start
  for (;;) {
    let cell = ''
    let from = at
    if (text.charCodeAt(at) === QUOTE) {
      const closing = endOfQuoted(text, at + 1)
      if (closing === -1) return isEnd || text.length - at > CELL_LENGTH_MAX ? 'lost' : 'more'
      if (closing - at > CELL_LENGTH_MAX) return 'lost'
      // The character after it decides whether it was doubled; without it nobody knows.
      if (closing + 1 === text.length && !isEnd) return 'more'
      cell = text.slice(at + 1, closing).replaceAll('""', '"')
      lines += breaksIn(text, at, closing)
      from = closing + 1
    }
    at = endOfPlain(text, from)
    // What follows a closing quote before the comma belongs to the cell, as spreadsheets have it.
    cells.push(cell + text.slice(from, at))
    if (at - from > CELL_LENGTH_MAX) return 'lost'
    const mark = text.charCodeAt(at)
    if (mark === COMMA) {
      at += 1
      continue
    }
    if (at === text.length) return isEnd ? { cells, end: at, lines } : 'more'
    if (mark === CR && at + 1 === text.length && !isEnd) return 'more' // the LF may come with the next piece
    return { cells, end: mark === CR && text.charCodeAt(at + 1) === LF ? at + 2 : at + 1, lines }
  }
}

function endOfQuoted(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 2)) {
    if (text.charCodeAt(at + 1) !== QUOTE) return at
  }
  return -1
}

function endOfPlain(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === COMMA || code === LF || code === CR) return at
  }
  return text.length
}

function breaksIn(text: string, from: number, to: number): number {
  let breaks = 0
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (code === LF || (code === CR && text.charCodeAt(at + 1) !== LF)) breaks += 1
  }
  return breaks
}

/** Where the next line begins, or -1. */
function endOfLine(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === LF) return at + 1
    if (code === CR) return text.charCodeAt(at + 1) === LF ? at + 2 : at + 1
  }
  return -1
}
