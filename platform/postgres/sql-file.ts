/**
 * Cuts a file of SQL into its statements, because the protocol takes one command a query. Knows what may hide a
 * semicolon: quotes, dollar quotes and comments, and the `begin atomic … end` body of a function. Not a parser.
 */

/** The statements of a file, in order, without their semicolons; what is only comment is left out. */
export function statementsOf(text: string): string[] {
  const statements: string[] = []
  let start = 0
  let at = 0
  while (at < text.length) {
    const skipped = skipQuoted(text, at)
    if (skipped > at) {
      at = skipped
      continue
    }
    if (text[at] === ';') {
      statements.push(text.slice(start, at))
      start = at + 1
    }
    at += 1
  }
  statements.push(text.slice(start))
  return statements.map((statement) => statement.trim()).filter((statement) => withoutComments(statement) !== '')
}

/** Where a quoted or commented stretch that begins at `at` ends; `at` itself when none begins here. */
function skipQuoted(text: string, at: number): number {
  const rest = text.slice(at, at + 64)
  if (rest.startsWith('--')) return after(text, '\n', at)
  if (rest.startsWith('/*')) return after(text, '*/', at + 2)
  if (rest[0] === "'" || rest[0] === '"') return after(text, rest[0], at + 1) // a doubled quote is two stretches
  const dollar = /^\$(?:[a-z_]\w*)?\$/i.exec(rest)?.[0]
  return dollar ? after(text, dollar, at + dollar.length) : at
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found === -1 ? text.length : found + mark.length
}

const withoutComments = (statement: string): string => statement.replace(/--[^\n]*/g, '').trim()
