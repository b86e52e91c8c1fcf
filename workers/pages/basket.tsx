/** The basket: each reservation with the time it has left, and what happened to those that are over. */
import type { Child, FC } from 'hono/jsx'
import { Notice } from './parts/cards.tsx'
import { Countdown } from './parts/countdown.tsx'
import { page } from './parts/layout.tsx'
import { Lines, Total } from './parts/lines.tsx'
import type { Frame, HoldView } from './views.ts'
import { instantInWords } from './words.ts'

export const basketPage = (frame: Frame, holds: readonly HoldView[], notice?: Child) =>
  page(
    frame,
    { title: 'Basket', here: '/basket', scripts: ['countdown.js'] },
    holds.length === 0 ? (
      <div class="empty">
        <h1>Nothing reserved yet</h1>
        {notice}
        <p>When you reserve something it waits here for you, and for nobody else, until its clock ends.</p>
        <a class="button" href="/">
          Look around
        </a>
      </div>
    ) : (
      <div class="desk">
        <h1>Basket</h1>
        {notice}
        {holds.map((view) => (
          <Reservation frame={frame} view={view} />
        ))}
      </div>
    ),
  )

const Reservation: FC<{ frame: Frame; view: HoldView }> = ({ frame, view: { hold, pictures } }) => {
  const locale = frame.store.locale
  const lives = hold.state === 'held' && hold.expiresAt > frame.now
  const title =
    lives || hold.state === 'reserving'
      ? 'Reserved for you'
      : hold.state === 'ordered' || hold.state === 'sold'
        ? 'Ordered'
        : 'Reservation over'
  return (
    <section class="slip" aria-label={title}>
      <div class="slip-head">
        <h2>{title}</h2>
        {lives ? (
          <Countdown
            until={hold.expiresAt}
            now={frame.now}
            locale={locale}
            verb="Yours until"
            atEnd="reload"
            size="small"
          />
        ) : null}
      </div>
      <Lines lines={hold.lines} pictures={pictures} locale={locale} />
      <Total total={hold.total} locale={locale} />
      {lives ? (
        <>
          <div class="slip-actions">
            <a class="button" href={`/checkout/${hold.id}`}>
              Check out
            </a>
            <form method="post" action={`/basket/${hold.id}/release`}>
              <button class="button button-quiet">Give it back</button>
            </form>
          </div>
          <p class="small">
            When the clock ends before you have ordered, these go back on sale for everybody. Nothing is charged.
          </p>
        </>
      ) : (
        <Over frame={frame} view={{ hold, pictures }} />
      )}
    </section>
  )
}

/** What became of a reservation that is not open any more, and the way on. */
const Over: FC<{ frame: Frame; view: HoldView }> = ({ frame, view: { hold } }) => {
  if (hold.orderId !== null) {
    return (
      <p class="slip-actions">
        <a class="button" href={`/orders/${hold.orderId}`}>
          See your order
        </a>
      </p>
    )
  }
  if (hold.state === 'reserving') {
    return (
      <Notice title="We are still asking for your units.">
        <p>This takes a moment longer than usual.</p>
        <a href="/basket">Look again</a>
      </Notice>
    )
  }
  const first = hold.lines[0]
  return (
    <Notice
      title={
        hold.state === 'released'
          ? 'You gave these back.'
          : `The time ran out at ${instantInWords(hold.expiresAt, frame.store.locale)}.`
      }
    >
      <p>They are on sale again for everybody, you included. Nothing was charged.</p>
      {first === undefined ? null : (
        <a href={`/products/${first.productSlug}?sku=${encodeURIComponent(first.sku)}`}>Reserve again</a>
      )}
    </Notice>
  )
}
