/** Every problem's page: where the `type` of a problem leads. */
import { html } from 'hono/html'
import { PROBLEMS, type Code } from '../../problems.ts'
import { frame } from './page.ts'

export function problemsPage(): Promise<string> {
  const all = Object.entries(PROBLEMS) as [Code, (typeof PROBLEMS)[Code]][]
  return frame(
    'Problems',
    html`<p class="lead">
        Whatever is not a success is <code>application/problem+json</code> (RFC 9457). Rely on <code>code</code>: it is
        never renamed. <code>Retry-After</code> is sent where time helps.
      </p>
      ${all.map(
        ([code, { status, title, help }]) =>
          html`<article id="${code}">
            <h3><span class="method">${status}</span> <code>${code}</code></h3>
            <p>${title}</p>
            <p>${help}</p>
          </article>`,
      )}`,
  )
}
