/** The page that names every code, as Markdown. */
import { PROBLEMS, type Code } from '../workers/problems.ts'

const HEAD = `# Problems

Whatever is not a success is \`application/problem+json\` (RFC 9457): \`type\`, \`title\`, \`status\`, a stable \`code\`, the
facts of the code, and \`request_id\`. Rely on \`code\`: codes are only added, never renamed. Where a row says so,
\`Retry-After\` is sent.

This page is made from \`workers/problems.ts\` by \`npm run docs:problems\`. Framing errors that the runtime answers itself,
before any code of ours runs, are not on it.

| status | code | what it says | what to do | \`Retry-After\` |
|---|---|---|---|---|
`

export function problemsMarkdown(): string {
  const rows = (Object.entries(PROBLEMS) as [Code, (typeof PROBLEMS)[Code]][])
    .map(([code, answer]) => ({ code, ...answer }))
    .sort((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1))
    .map(
      (row) =>
        `| ${row.status} | \`${row.code}\` | ${row.title} | ${row.help} | ${'retryAfterMs' in row ? 'yes' : ''} |`,
    )
  return `${HEAD}${rows.join('\n')}\n`
}
