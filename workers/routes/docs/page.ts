/** The API's documentation for people, drawn from its OpenAPI document: one page, no script, nothing from elsewhere. */
import { html, raw } from 'hono/html'
import type { Document } from '../openapi.ts'
import { shapeOf, type Schema } from './shape.ts'

interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
  schema?: Schema
}

interface Operation {
  tags?: string[]
  summary?: string
  description?: string
  security?: unknown[]
  parameters?: Parameter[]
  requestBody?: { content?: Record<string, { schema?: Schema }> }
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: Schema }> }>
}

interface Entry {
  method: string
  path: string
  operation: Operation
}

type Markup = ReturnType<typeof html>

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

export function docsPage(document: Document): Promise<string> {
  const entries = entriesOf(document)
  const tags = (document.tags ?? []).map(({ name }) => name).filter((tag) => entries.some((entry) => isIn(entry, tag)))
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>
  return frame(
    'API',
    html`<p class="lead">${document.info.description}</p>
      <p>
        <a href="/api/v1/openapi.json">OpenAPI 3.1 document</a> ·
        <a href="/docs/problems">Every problem and what to do about it</a>
      </p>
      <nav aria-label="Contents">
        <ul>
          ${tags.map((tag) => html`<li><a href="#${anchor(tag)}">${tag}</a></li>`)}
          <li><a href="#shapes">Shapes</a></li>
        </ul>
      </nav>
      ${tags.map(
        (tag) =>
          html`<section id="${anchor(tag)}">
            <h2>${tag}</h2>
            ${entries.filter((entry) => isIn(entry, tag)).map(drawn)}
          </section>`,
      )}
      <section id="shapes">
        <h2>Shapes</h2>
        ${Object.entries(schemas).map(
          ([name, schema]) =>
            html`<article id="shape-${name}">
              <h3>${name}</h3>
              <pre>${shapeOf(schema)}</pre>
            </article>`,
        )}
      </section>`,
  )
}

function entriesOf(document: Document): Entry[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = (item as Record<string, Operation | undefined>)[method]
      return operation ? [{ method, path, operation }] : []
    }),
  )
}

const isIn = ({ operation }: Entry, tag: string): boolean => operation.tags?.includes(tag) ?? false
const anchor = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')

function drawn({ method, path, operation }: Entry): Markup {
  const body = Object.entries(operation.requestBody?.content ?? {})
  return html`<article id="${anchor(`${method} ${path}`)}">
    <h3>
      <span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code>
      ${operation.security ? html`<span class="key">operator key</span>` : ''}
    </h3>
    <p>${operation.summary}.</p>
    ${operation.description ? html`<p>${operation.description}</p>` : ''}
    ${operation.parameters?.length ? parameters(operation.parameters) : ''}
    ${body.map(
      ([type, { schema }]) =>
        html`<h4>Body <small>${type}</small></h4>
          <pre>${shapeOf(schema)}</pre>`,
    )}
    <h4>Answers</h4>
    <dl>
      ${Object.entries(operation.responses ?? {}).map(
        ([status, { description, content }]) =>
          html`<dt>${status}</dt>
            <dd>${description} ${named(content)}</dd>`,
      )}
    </dl>
  </article>`
}

const parameters = (all: Parameter[]): Markup =>
  html`<table>
    <thead>
      <tr>
        <th>Parameter</th>
        <th>In</th>
        <th>What it is</th>
      </tr>
    </thead>
    <tbody>
      ${all.map(
        ({ name, in: place, required, description, schema }) =>
          html`<tr>
            <td><code>${name}</code>${required ? '' : raw(' <small>optional</small>')}</td>
            <td>${place}</td>
            <td>${description ?? ''} <small>${shapeOf(schema)}</small></td>
          </tr>`,
      )}
    </tbody>
  </table>`

/** The shape's name as a link where it has one. */
function named(content: Record<string, { schema?: Schema }> | undefined): Markup | string {
  const name = Object.values(content ?? {})[0]
    ?.schema?.$ref?.split('/')
    .at(-1)
  return name ? html`<a href="#shape-${name}">${name}</a>` : ''
}

/** The frame that the pages of the documentation share. */
export async function frame(title: string, content: Markup): Promise<string> {
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Onrush</title>
        <link rel="stylesheet" href="/docs/style.css" />
      </head>
      <body>
        <header><a href="/docs">Onrush API</a></header>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`
  return page.toString()
}
