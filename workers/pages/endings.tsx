/** Pages for when there is nothing to show: not found, our mistake, too busy. Each says what happened and the way on. */
import type { Child, FC } from 'hono/jsx'
import { said, wordsFor } from './languages/index.ts'
import { page } from './parts/layout.tsx'
import type { Frame } from './views.ts'
import { durationInWords } from './words.ts'

const wordsOf = (frame: Frame) => wordsFor(frame.store.locale).endings

type EndProps = {
  told: readonly [tab: string, title: string, lead: string]
  way: [href: string, name: string]
  children?: Child
}

const End: FC<EndProps> = ({ told: [, title, lead], way: [href, name], children }) => (
  <div class="empty">
    <h1>{title}</h1>
    <p>{lead}</p>
    {children}
    <a class="button" href={href}>
      {name}
    </a>
  </div>
)

export function notFoundPage(frame: Frame) {
  const { notFound, toShop } = wordsOf(frame)
  return page(frame, { title: notFound[0] }, <End told={notFound} way={['/', toShop]} />)
}

/** A bug. The id joins what the visitor saw to the line in our log. */
export function brokenPage(frame: Frame, requestId: string) {
  const { broken, reference, toBasket } = wordsOf(frame)
  return page(
    frame,
    { title: broken[0] },
    <End told={broken} way={['/basket', toBasket]}>
      <p class="small">
        {reference} <code>{requestId}</code>
      </p>
    </End>,
  )
}

/** A fault, or too many people at once. Comes with `Retry-After`; the page itself looks again. */
export function busyPage(frame: Frame, retryAfterMs: number) {
  const { busy, toShop } = wordsOf(frame)
  const [tab, title, lead] = busy
  const time = durationInWords(Math.max(1000, retryAfterMs), frame.store.locale)
  return page(
    frame,
    { title: tab, refreshSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)) },
    <End told={[tab, title, said(lead, { time })]} way={['/', toShop]} />,
  )
}

/** The door said no to the request itself: too long, not from here, not a form. `why` is for whoever looks into it. */
export function refusedPage(frame: Frame, why: string) {
  const { refused, toShop } = wordsOf(frame)
  return page(
    frame,
    { title: refused[0] },
    <End told={refused} way={['/', toShop]}>
      <p class="small" lang="en">
        {why}
      </p>
    </End>,
  )
}
