/** Pages for when there is nothing to show: not found, our mistake, too busy. Each says what happened and the way on. */
import { page } from './parts/layout.tsx'
import type { Frame } from './views.ts'
import { durationInWords } from './words.ts'

export const notFoundPage = (frame: Frame) =>
  page(
    frame,
    { title: 'Not here' },
    <div class="empty">
      <h1>This is not here</h1>
      <p>The address leads nowhere, or what was here has gone. Perhaps a search finds it.</p>
      <a class="button" href="/">
        To the shop
      </a>
    </div>,
  )

/** A bug. The id joins what the visitor saw to the line in our log. */
export const brokenPage = (frame: Frame, requestId: string) =>
  page(
    frame,
    { title: 'Our mistake' },
    <div class="empty">
      <h1>That was our mistake</h1>
      <p>Something broke on our side. Reservations and orders you have made are safe; nothing is charged twice.</p>
      <p class="small">
        If you write to us, this helps: <code>{requestId}</code>
      </p>
      <a class="button" href="/basket">
        To your basket
      </a>
    </div>,
  )

/** A fault, or too many people at once. Comes with `Retry-After`; the page itself looks again. */
export const busyPage = (frame: Frame, retryAfterMs: number) =>
  page(
    frame,
    { title: 'We are busy', refreshSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)) },
    <div class="empty">
      <h1>We are busy</h1>
      <p>
        More people than we can serve this second, or a part of us is resting. Try again in{' '}
        {durationInWords(Math.max(1000, retryAfterMs))}. What you have reserved or ordered is safe.
      </p>
      <a class="button" href="/">
        To the shop
      </a>
    </div>,
  )

/** The door said no to the request itself: too long, not from here, not a form. */
export const refusedPage = (frame: Frame, title: string, help: string) =>
  page(
    frame,
    { title },
    <div class="empty">
      <h1>{title}</h1>
      <p>{help}</p>
      <a class="button" href="/">
        To the shop
      </a>
    </div>,
  )
