/** The frame of the console's pages: a bar, and the work. Looks like the shop, and carries none of its furniture. */
import { html } from 'hono/html'
import type { Child, FC } from 'hono/jsx'
import type { Asked } from '../context.ts'
import { sent } from '../pages/frame.ts'
import { asset } from '../pages/assets.ts'

interface Head {
  title: string
  /** The script that keeps the page new, beside the charts it may draw. */
  liveBy?: 'console.js' | 'console-jobs.js'
  isSignedIn?: boolean
}

/** Sends a page of the console: nobody keeps it, and no search engine hears of it. */
export const shown = (c: Asked, head: Head, body: Child, status = 200): Promise<Response> =>
  sent(c, consolePage(c, head, body), status, { 'cache-control': 'private, no-store', 'content-language': 'en' })

const consolePage = (c: Asked, head: Head, body: Child) =>
  html`<!doctype html>${(
      <Frame name={c.var.visit.store.name} head={head}>
        {body}
      </Frame>
    )}`

const Frame: FC<{ name: string; head: Head; children: Child }> = ({ name, head, children }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{`${head.title} · ${name} console`}</title>
      <meta name="robots" content="noindex" />
      <meta name="color-scheme" content="light dark" />
      <meta name="theme-color" content="#f6f3ed" media="(prefers-color-scheme: light)" />
      <meta name="theme-color" content="#141210" media="(prefers-color-scheme: dark)" />
      <link rel="stylesheet" href={asset('shop.css')} />
      {head.liveBy ? <link rel="stylesheet" href={asset('uplot.css')} /> : null}
      <link rel="stylesheet" href={asset('console.css')} />
      <link rel="icon" href={asset('favicon.svg')} type="image/svg+xml" />
      {head.liveBy ? <script defer src={asset('uplot.js')} /> : null}
      {head.liveBy ? <script type="module" src={asset(head.liveBy)} /> : null}
    </head>
    <body class="console">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="bar">
        <a class="wordmark" href="/console">
          {name} <span>console</span>
        </a>
        {head.isSignedIn ? (
          <nav class="desks" aria-label="Console">
            <a href="/console">Drops</a> <a href="/console/jobs">Jobs</a> <a href="/console/schedules">Schedules</a>{' '}
            <a href="/console/experiments">Experiments</a> <a href="/console/markets">Markets</a>{' '}
            <a href="/console/origins">Origins</a> <a href="/console/cache">Cache</a>{' '}
            <a href="/console/limits">Limits</a>
          </nav>
        ) : null}
        {head.liveBy ? (
          <p class="link" data-link="off" role="status">
            <noscript>
              as of when it was loaded: <a href="">refresh</a>
            </noscript>
            <span data-link-words />
          </p>
        ) : null}
        {head.isSignedIn ? (
          <form method="post" action="/console/sign-out">
            <button class="button button-quiet">Sign out</button>
          </form>
        ) : null}
      </header>
      <main id="main" tabindex={-1}>
        {children}
      </main>
    </body>
  </html>
)
