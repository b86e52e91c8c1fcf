/**
 * The text that Prometheus reads (exposition format 0.0.4): families of samples, each with its help and its type. It writes
 * down what others have counted and counts nothing itself; why no library: docs/decisions/020-metrics-and-alerts.md.
 */

/** What Prometheus 3 insists on being told; earlier ones guess it. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export interface Sample {
  labels: Readonly<Record<string, string>>
  value: number
}

/** Observations that somebody has sorted into buckets already. */
export interface Distribution {
  labels: Readonly<Record<string, string>>
  /** Cumulative: how many were at most `bounds[i]`; the last, one longer than the bounds, is all of them. */
  buckets: readonly number[]
  sum: number
}

export type Family = { name: string; help: string } & (
  | { type: 'counter' | 'gauge'; samples: readonly Sample[] }
  /** Bounds in the family's unit, ascending, without the infinite one. */
  | { type: 'histogram'; bounds: readonly number[]; distributions: readonly Distribution[] }
)

/** A family without samples is left out: what nobody knows is a gap, and never a zero. */
export const exposition = (families: readonly Family[]): string =>
  families.map((family) => ({ family, lines: linesOf(family) })).reduce(withHead, '')

function withHead(text: string, { family, lines }: { family: Family; lines: readonly string[] }): string {
  if (lines.length === 0) return text
  const { name, help, type } = family
  return `${text}# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`
}

function linesOf(family: Family): string[] {
  const { name } = family
  if (family.type !== 'histogram') return family.samples.map(({ labels, value }) => line(name, labels, value))
  const ends = [...family.bounds.map(String), '+Inf']
  return family.distributions.flatMap(({ labels, buckets, sum }) => [
    ...ends.map((le, i) => line(`${name}_bucket`, { ...labels, le }, buckets[i] ?? 0)),
    line(`${name}_sum`, labels, sum),
    line(`${name}_count`, labels, buckets[ends.length - 1] ?? 0),
  ])
}

function line(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const said = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return `${name}${said.length === 0 ? '' : `{${said.join(',')}}`} ${value}`
}

const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
