/**
 * An expression in words, in English. The sentence is cronstrue's, but for the trap of cron: a day of the month and a
 * day of the week side by side mean either, where every reader takes "on day 13, and on Friday" for both.
 */
import type { Expression } from './expression.ts'
import type { Rules } from './occurrences.ts'

/** What it does: `At 02:30, every day`. Loads the describer when it is first asked; safe to call at any time. */
export async function wordsFor({ text }: Pick<Expression, 'text'>): Promise<string> {
  const { default: cronstrue } = await import('cronstrue')
  const say = (expression: string) =>
    cronstrue.toString(expression, { use24HourTimeFormat: true, verbose: true, throwExceptionOnParseError: true })
  const fields = inItsSpelling(text)
  try {
    const [day, , week] = fields.slice(-3)
    if (fields.length === 1 || day === '*' || week === '*') return say(fields.join(' '))
    const both = week!.startsWith('+')
    const all = [...fields.slice(0, -1), week!.replace('+', '')]
    if (both) return `${say(all.join(' '))}; only on days that are both`
    const byDate = say([...fields.slice(0, -1), '*'].join(' '))
    const byDay = say([...fields.slice(0, -3), '*', fields.at(-2), week].join(' '))
    return `${byDate}; and also: ${byDay}; either is enough`
  } catch {
    return `By the expression ${text}`
  }
}

/** croner takes a few spellings that the describer does not. */
function inItsSpelling(text: string): string[] {
  const fields = text.trim().split(/\s+/)
  return fields.map((field) => field.replaceAll('?', '*').replaceAll('#L', 'L').replace(/^\//, '*/'))
}

const GAPS = {
  run_after: 'A time that a clock change leaves out runs right after it',
  run_before: 'A time that a clock change leaves out runs just before it',
  skip: 'A time that a clock change leaves out does not run',
} as const

const OVERLAPS = {
  first: 'one that comes twice runs the first time.',
  last: 'one that comes twice runs the second time.',
  both: 'one that comes twice runs both times.',
} as const

/** What a clock change does to it: one sentence. */
export const rulesInWords = ({ gap, overlap }: Rules): string => `${GAPS[gap]}; ${OVERLAPS[overlap]}`
