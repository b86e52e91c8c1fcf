/**
 * A drop: when it opens, what it offers, and an honest word for each way it can be over. What it says in its other
 * states lies ready in the page, so that "sold out" is told within a second to however many are looking.
 */
import { raw } from 'hono/html'
import type { FC } from 'hono/jsx'
import { counted, wordsFor } from './languages/index.ts'
import { Grid, Picture } from './parts/cards.tsx'
import { Countdown } from './parts/countdown.tsx'
import { Early } from './parts/early.tsx'
import { page } from './parts/layout.tsx'
import { Instant, Say } from './parts/say.tsx'
import { dropStateOf } from './drop-state.ts'
import type { DropPageView, DropState, Frame } from './views.ts'
import { plainText } from './words.ts'

const STATES: readonly DropState[] = ['open', 'again', 'paused', 'sold_out', 'ended']

export function dropPage(frame: Frame, view: DropPageView) {
  const locale = frame.store.locale
  const words = wordsFor(locale).drop
  const state = dropStateOf(view)
  return page(
    frame,
    {
      title: view.title,
      description: plainText(view.description),
      canonical: `/drops/${view.slug}`,
      image: view.image,
      scripts: ['countdown.js', 'drop.js'],
      // Without scripts: looked at again often while it can change within seconds, else now and then.
      refreshSeconds: state === 'ended' ? undefined : state === 'open' ? 60 : 20,
    },
    <>
      <section class="hero" aria-labelledby="hero-title">
        <div class="hero-words">
          <div class="hero-title">
            <h1 id="hero-title">{view.title}</h1>
            <div class="hero-lead prose">{raw(view.description)}</div>
          </div>
          <div
            class="hero-state"
            role="status"
            data-live="state"
            data-version={state}
            data-opens-at={view.opensAt}
            data-now={`/api/v1/drops/${view.slug}/now`}
          >
            <State frame={frame} view={view} state={state} />
          </div>
        </div>
        <div class="hero-art">
          <Picture image={view.image} eager />
        </div>
      </section>
      {STATES.filter((other) => other !== state).map((other) => (
        <template data-for={other}>
          <State frame={frame} view={view} state={other} />
        </template>
      ))}
      {view.early && state !== 'ended' ? <Early slug={view.slug} view={view.early} frame={frame} /> : null}
      {view.asksCode && state !== 'ended' && !view.early?.invited ? (
        <Code slug={view.slug} locale={locale} code={view.early?.code} />
      ) : null}
      <section class="shelf" id="offer" aria-labelledby="offer-title">
        <div class="shelf-head">
          <h2 id="offer-title">{state === 'scheduled' ? words.whatWillBe : words.whatIs}</h2>
        </div>
        <div data-live="offer">
          <Grid cards={view.products} locale={locale} />
        </div>
      </section>
    </>,
  )
}

type StateProps = { frame: Frame; view: DropPageView; state: DropState }

const State: FC<StateProps> = (props) => {
  const { common } = wordsFor(props.frame.store.locale)
  return (
    <>
      <p class="eyebrow">
        <span class={`dot dot-${props.state}`} aria-hidden="true" /> {common.status[props.state]}
      </p>
      <Body {...props} />
    </>
  )
}

const Body: FC<StateProps> = ({ frame, view, state }) => {
  const locale = frame.store.locale
  const words = wordsFor(locale).drop
  switch (state) {
    case 'scheduled':
      return (
        <>
          <Countdown until={view.opensAt} now={frame.now} locale={locale} verb={words.opens} atEnd="stop" />
          {view.room === null ? (
            <p class="hero-actions">
              <a class="button button-stage" href="#offer">
                {words.chooseNow}
              </a>
              <Fine view={view} locale={locale} says={words.sameInstant} />
            </p>
          ) : (
            <Room view={view} locale={locale} button={words.joinDraw} says={words.roomBefore} />
          )}
        </>
      )
    case 'open':
    case 'again':
      return (
        <>
          {state === 'again' ? <p class="hero-lead">{words.again}</p> : null}
          {view.endsAt === null ? null : (
            <Countdown until={view.endsAt} now={frame.now} locale={locale} verb={words.openUntil} atEnd="stop" />
          )}
          {view.room === null || view.standing === 'inside' ? (
            <Choose view={view} locale={locale} />
          ) : (
            <Room view={view} locale={locale} button={words.joinLine} says={words.roomOpen} />
          )}
        </>
      )
    case 'paused':
      return <p class="hero-lead">{words.paused}</p>
    case 'sold_out':
      return (
        <>
          <p class="hero-lead">{words.soldOut}</p>
          {view.room === null || view.standing !== 'waiting' ? null : (
            <p class="hero-actions">
              <a class="button button-stage" href={`/drops/${view.slug}/waiting`}>
                {words.stay}
              </a>
            </p>
          )}
        </>
      )
    case 'ended':
    default:
      return (
        <p class="hero-lead">
          {view.endsAt === null || view.endsAt > frame.now ? (
            words.ended
          ) : (
            <Say words={words.endedAt} slots={{ time: <Instant at={view.endsAt} locale={locale} /> }} />
          )}
        </p>
      )
  }
}

/** To what can be reserved right now. */
const Choose: FC<{ view: DropPageView; locale: string }> = ({ view, locale }) => {
  const words = wordsFor(locale).drop
  const only = view.products.length === 1 ? view.products[0] : undefined
  return (
    <p class="hero-actions">
      <a class="button" href={only === undefined ? '#offer' : `/products/${only.slug}`}>
        {words.chooseYours}
      </a>
      <Fine view={view} locale={locale} says={view.standing === 'inside' ? words.inside : words.comeBack} />
    </p>
  )
}

/** Into the waiting room, or back to the place one has in it. */
const Room: FC<{ view: DropPageView; locale: string; button: string; says: string }> = ({
  view,
  locale,
  button,
  says,
}) => {
  const words = wordsFor(locale).drop
  const room = `/drops/${view.slug}/waiting`
  return (
    <>
      <div class="hero-actions">
        {view.standing === 'outside' ? (
          <form method="post" action={room}>
            <button class="button">{button}</button>
          </form>
        ) : (
          <a class="button" href={room}>
            {words.toYourPlace}
          </a>
        )}
        <Fine view={view} locale={locale} says={view.standing === 'outside' ? says : words.inLine} />
      </div>
      <p class="hero-fine">
        <a href={`/drops/${view.slug}/draw`}>{words.howTheDraw}</a>
      </p>
    </>
  )
}

const Fine: FC<{ view: DropPageView; locale: string; says: string }> = ({ view, locale, says }) => (
  <span class="hero-fine">
    {says}
    {view.unitsPerVisitorMax === null
      ? ''
      : ` ${counted(locale, wordsFor(locale).drop.limit, view.unitsPerVisitorMax)}`}
  </span>
)

const Code: FC<{ slug: string; locale: string; code: string | undefined }> = ({ slug, locale, code }) => {
  const words = wordsFor(locale).drop
  return (
    <section class="code" aria-labelledby="code-title">
      <h2 id="code-title">{words.codeTitle}</h2>
      <form class="code-form" method="post" action={`/drops/${slug}/code`}>
        <label class="unseen" for="code">
          {words.codeLabel}
        </label>
        <input
          id="code"
          name="code"
          value={code || undefined}
          required
          maxlength={64}
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          placeholder={words.codeLabel}
        />
        <button class="button button-quiet">{words.codeButton}</button>
      </form>
    </section>
  )
}
