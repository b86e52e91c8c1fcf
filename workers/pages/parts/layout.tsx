/**
 * The frame of every page: head, skip link, header, main, footer. Nothing inline: the content security policy allows
 * styles and scripts from our own host only, so even a hostile title that got past the escaping could run nothing.
 */
import { html, raw } from 'hono/html'
import type { Child, FC } from 'hono/jsx'
import { asset } from '../assets.ts'
import { wordsFor } from '../languages/index.ts'
import type { Frame, ImageView } from '../views.ts'
import { Alternates, canonicalOf, MarketForm } from './market.tsx'

export interface PageHead {
  title: string
  description?: string | undefined
  /** The address without what only this visit needs. Absent: the page is not for search engines. */
  canonical?: string | undefined
  image?: ImageView | undefined
  type?: 'website' | 'product'
  jsonLd?: unknown
  scripts?: readonly string[]
  /** The one script that is not ours (a bot challenge's); the page is sent with a policy that allows it. */
  foreignScript?: string | undefined
  /** Seconds after which a browser without scripts asks again. */
  refreshSeconds?: number | undefined
  /** Where in the shop we are, for the header. */
  here?: string
  /** Nothing beside the matter at hand: a phone shows no search and no shelves. */
  isCalm?: boolean
}

type LayoutProps = { frame: Frame; head: PageHead; children: Child }

/** A whole document. Answers what `c.html` takes. */
export const page = (frame: Frame, head: PageHead, body: Child) =>
  html`<!doctype html>${(
      <Layout frame={frame} head={head}>
        {body}
      </Layout>
    )}`

const Layout: FC<LayoutProps> = ({ frame, head, children }) => (
  <html lang={frame.store.locale}>
    <Head frame={frame} head={head} />
    <body>
      <a class="skip" href="#main">
        {wordsFor(frame.store.locale).common.skip}
      </a>
      <Header frame={frame} here={head.here ?? ''} isCalm={head.isCalm ?? false} />
      <main id="main" tabindex={-1}>
        {children}
      </main>
      <Footer frame={frame} />
    </body>
  </html>
)

const Head: FC<{ frame: Frame; head: PageHead }> = ({ frame, head }) => {
  const title =
    head.title === frame.store.name
      ? `${frame.store.name}: ${frame.store.tagline}`
      : `${head.title} · ${frame.store.name}`
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{title}</title>
      {head.description ? <meta name="description" content={head.description} /> : null}
      <meta name="color-scheme" content="light dark" />
      <meta name="theme-color" content="#f6f3ed" media="(prefers-color-scheme: light)" />
      <meta name="theme-color" content="#141210" media="(prefers-color-scheme: dark)" />
      <link rel="preload" href={asset('display.woff2')} as="font" type="font/woff2" crossorigin="anonymous" />
      <link rel="stylesheet" href={asset('shop.css')} />
      <link rel="icon" href={asset('favicon.svg')} type="image/svg+xml" />
      {head.canonical === undefined ? (
        <meta name="robots" content="noindex" />
      ) : (
        <>
          <link rel="canonical" href={canonicalOf(frame, head.canonical)} />
          <Alternates frame={frame} path={head.canonical} />
          <meta property="og:url" content={canonicalOf(frame, head.canonical)} />
        </>
      )}
      <meta property="og:type" content={head.type ?? 'website'} />
      <meta property="og:site_name" content={frame.store.name} />
      <meta property="og:title" content={head.title} />
      {head.description ? <meta property="og:description" content={head.description} /> : null}
      {head.image ? <meta property="og:image" content={new URL(head.image.url, frame.origin).href} /> : null}
      {head.jsonLd === undefined ? null : <script type="application/ld+json">{raw(jsonForHtml(head.jsonLd))}</script>}
      {(head.scripts ?? []).map((name) => (
        <script type="module" src={asset(name)} />
      ))}
      {head.foreignScript === undefined ? null : <script src={head.foreignScript} async defer />}
      {head.refreshSeconds === undefined ? null : (
        <noscript>
          <meta http-equiv="refresh" content={String(head.refreshSeconds)} />
        </noscript>
      )}
    </head>
  )
}

/** JSON that cannot end its script element: a title may well contain `</script>`. */
const jsonForHtml = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')

const Header: FC<{ frame: Frame; here: string; isCalm: boolean }> = ({ frame, here, isCalm }) => {
  const words = wordsFor(frame.store.locale).common
  return (
    <header class={isCalm ? 'top top-calm' : 'top'}>
      <a class="wordmark" href="/">
        {frame.store.name}
      </a>
      <nav aria-label={words.collections}>
        <ul>
          {frame.navigation.slice(0, 6).map(({ slug, title }) => (
            <li>
              <a href={`/collections/${slug}`} aria-current={here === `/collections/${slug}` ? 'page' : undefined}>
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <form class="find" action="/search" role="search">
        <label class="unseen" for="q">
          {words.searchLabel}
        </label>
        <input id="q" name="q" type="search" placeholder={words.search} maxlength={80} autocomplete="off" />
        <button class="unseen">{words.search}</button>
      </form>
      <a class="bag" href="/basket" aria-current={here === '/basket' ? 'page' : undefined}>
        {words.basket}
      </a>
    </header>
  )
}

const Footer: FC<{ frame: Frame }> = ({ frame }) => {
  const words = wordsFor(frame.store.locale).common
  return (
    <footer class="foot">
      <p class="wordmark" aria-hidden="true">
        {frame.store.name}
      </p>
      <div class="foot-columns">
        <section aria-labelledby="foot-shop">
          <h2 id="foot-shop">{words.footShop}</h2>
          <ul>
            {frame.navigation.slice(0, 6).map(({ slug, title }) => (
              <li>
                <a href={`/collections/${slug}`}>{title}</a>
              </li>
            ))}
            <li>
              <a href="/collections">{words.footAll}</a>
            </li>
          </ul>
        </section>
        <section aria-labelledby="foot-word">
          <h2 id="foot-word">{words.footWordTitle}</h2>
          <p>{words.footWord}</p>
        </section>
        <section aria-labelledby="foot-build">
          <h2 id="foot-build">{words.footBuild}</h2>
          <ul>
            <li>
              <a href="/docs">{words.footDocs}</a>
            </li>
          </ul>
        </section>
      </div>
      <MarketForm frame={frame} />
      <p class="small">{words.footRuns}</p>
    </footer>
  )
}
