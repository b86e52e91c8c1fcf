/** A drop: when it opens, what it offers, and an honest word for each way it can be over. */
import { raw } from 'hono/html'
import type { FC } from 'hono/jsx'
import { Grid, Picture } from './parts/cards.tsx'
import { Countdown } from './parts/countdown.tsx'
import { page } from './parts/layout.tsx'
import type { DropView, Frame } from './views.ts'
import { DROP_WORDS, instantInWords, plainText } from './words.ts'

export const dropPage = (frame: Frame, view: DropView) =>
  page(
    frame,
    {
      title: view.title,
      description: plainText(view.description),
      canonical: `/drops/${view.slug}`,
      image: view.image,
      scripts: ['countdown.js', 'live.js'],
      // Without scripts: looked at again often while it can change within seconds, else now and then.
      refreshSeconds: view.status === 'ended' ? undefined : view.status === 'open' ? 60 : 20,
    },
    <div data-live data-version={view.status} data-now={`/api/v1/drops/${view.slug}/now`}>
      <section class="hero" aria-labelledby="hero-title">
        <div class="hero-words">
          <p class="eyebrow" role="status">
            <span class={`dot dot-${view.status}`} aria-hidden="true" /> {DROP_WORDS[view.status]}
          </p>
          <h1 id="hero-title">{view.title}</h1>
          <div class="hero-lead prose">{raw(view.description)}</div>
          <State frame={frame} view={view} />
        </div>
        <div class="hero-art">
          <Picture image={view.image} eager />
        </div>
      </section>
      <section class="shelf" id="offer" aria-labelledby="offer-title">
        <div class="shelf-head">
          <h2 id="offer-title">{view.status === 'scheduled' ? 'What will be on offer' : 'In this drop'}</h2>
        </div>
        <Grid cards={view.products} locale={frame.store.locale} />
      </section>
    </div>,
  )

const State: FC<{ frame: Frame; view: DropView }> = ({ frame, view }) => {
  const locale = frame.store.locale
  const only = view.products.length === 1 ? view.products[0] : undefined
  const limit = view.unitsPerVisitorMax === null ? '' : ` At most ${view.unitsPerVisitorMax} for each person.`
  switch (view.status) {
    case 'scheduled':
      return (
        <>
          <Countdown until={view.opensAt} now={frame.now} locale={locale} verb="Opens" atEnd="reload" />
          <p class="hero-fine">
            It opens at the same instant for everybody, by our clock. Choose now; reserve then.{limit}
          </p>
        </>
      )
    case 'open':
      return (
        <>
          {view.endsAt === null ? null : (
            <Countdown until={view.endsAt} now={frame.now} locale={locale} verb="Open until" atEnd="reload" />
          )}
          <p class="hero-actions">
            <a class="button" href={only === undefined ? '#offer' : `/products/${only.slug}`}>
              Choose yours
            </a>
            <span class="hero-fine">Reserved units come back when their time ends, so look again.{limit}</span>
          </p>
        </>
      )
    case 'paused':
      return (
        <p class="hero-lead">
          We have paused the drop for a moment. What you have reserved stays yours, and this page goes on by itself.
        </p>
      )
    case 'sold_out':
      return (
        <p class="hero-lead">
          Everything is reserved or sold. Units of abandoned baskets come back within seconds of their end; this page
          says so when they do.
        </p>
      )
    case 'ended':
    default:
      return (
        <p class="hero-lead">
          It ended {view.endsAt === null ? '' : instantInWords(view.endsAt, locale)}. Thank you for coming.
        </p>
      )
  }
}
