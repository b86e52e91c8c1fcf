/** Lines of CSV (RFC 4180). */

/**
 * A cell that begins like a formula gets an apostrophe in front: what a buyer has written must do nothing in the
 * merchant's spreadsheet (OWASP, CSV injection).
 */
const FORMULA = /^[=+\-@\t\r]/

export const csvLine = (cells: readonly unknown[]): string => `${cells.map(cellOf).join(',')}\r\n`

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const safe = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
