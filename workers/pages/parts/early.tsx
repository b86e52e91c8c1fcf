/** On a drop's page: that its reader is invited, what they have chosen, and the one button that reserves it. */
import type { FC } from 'hono/jsx'
import { wordsFor } from '../languages/index.ts'
import type { EarlyView, Frame } from '../views.ts'
import { inMarket } from './market.tsx'
import { Notice } from './cards.tsx'
import { Instant, Say } from './say.tsx'

export const Early: FC<{ slug: string; view: EarlyView; frame: Frame }> = ({ slug, view, frame }) => {
  const { locale } = frame.store
  const words = wordsFor(locale).early
  const { invited, notice } = view
  return (
    <div class="early">
      {notice === undefined ? null : (
        <Notice tone="bad" title={notice.title}>
          <p>{notice.detail}</p>
        </Notice>
      )}
      {invited === null ? null : (
        <Notice tone="good" title={words.invited}>
          <p>
            {invited.opensAt <= frame.now ? (
              words.invitedNow
            ) : (
              <Say words={words.invitedFrom} slots={{ time: <Instant at={invited.opensAt} locale={locale} exact /> }} />
            )}
          </p>
        </Notice>
      )}
      {view.chosen.length === 0 ? null : <Chosen slug={slug} view={view} frame={frame} />}
    </div>
  )
}

const Chosen: FC<{ slug: string; view: EarlyView; frame: Frame }> = ({ slug, view, frame }) => {
  const words = wordsFor(frame.store.locale).early
  return (
    <section class="slip chosen" aria-labelledby="chosen-title">
      <h2 id="chosen-title">{words.chosenTitle}</h2>
      <p>{words.chosenLead}</p>
      <ul>
        {view.chosen.map(({ sku, units, title, productSlug }) => (
          <li>
            <form method="post" action={`/drops/${slug}/basket`}>
              <input type="hidden" name="sku" value={sku} />
              <input type="hidden" name="quantity" value="0" />
              <span>
                {units} × <a href={`/products/${productSlug}`}>{title}</a>
              </span>
              <button class="button button-quiet" aria-label={`${words.remove}: ${title}`}>
                {words.remove}
              </button>
            </form>
          </li>
        ))}
      </ul>
      {view.mayReserve ? (
        <form method="post" action={inMarket(frame, `/drops/${slug}/reserve`)}>
          <input type="hidden" name="key" value={view.requestKey} />
          <button class="button">{words.reserve}</button>
        </form>
      ) : null}
    </section>
  )
}
