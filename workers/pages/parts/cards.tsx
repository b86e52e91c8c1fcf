/** A product on a shelf, and the shelves. */
import type { Child, FC } from 'hono/jsx'
import type { Money } from '../../../domain/basics/money.ts'
import { said, wordsFor } from '../languages/index.ts'
import type { CardView, ImageView } from '../views.ts'
import { priceInWords } from '../words.ts'

type PictureProps = { image: ImageView; eager?: boolean; class?: string }

/** A picture with its size given, so that nothing jumps when it arrives. */
export const Picture: FC<PictureProps> = ({ image, eager = false, class: name }) => (
  <img
    class={name}
    src={image.url}
    alt={image.alt}
    width={image.width}
    height={image.height}
    loading={eager ? undefined : 'lazy'}
    fetchpriority={eager ? 'high' : undefined}
    decoding="async"
  />
)

export const Card: FC<{ card: CardView; locale: string; eager?: boolean }> = ({ card, locale, eager = false }) => (
  <li class="card">
    <a href={`/products/${card.slug}`}>
      <span class="card-art">
        <Picture image={{ ...card.image, alt: '' }} eager={eager} />
        <Mark card={card} locale={locale} />
      </span>
      <span class="card-line">
        <span class="card-title">{card.title}</span>
        <span class="card-price">
          {card.pricesVary ? <span class="from">{wordsFor(locale).common.from} </span> : null}
          <Price price={card.price} compareAt={card.compareAt} locale={locale} />
        </span>
      </span>
      <span class="card-note">{card.note}</span>
    </a>
  </li>
)

/** The price, and what it was before; said in words to whoever cannot see a line through a number. */
export const Price: FC<{ price: Money; compareAt: Money | null; locale: string }> = ({ price, compareAt, locale }) => (
  <>
    {compareAt === null ? null : (
      <>
        <s>
          <span class="unseen">{wordsFor(locale).common.before} </span>
          {priceInWords(compareAt, locale)}
        </s>{' '}
        <span class="unseen">{wordsFor(locale).common.now} </span>
      </>
    )}
    {priceInWords(price, locale)}
  </>
)

/** The one thing worth a label: gone, nearly gone, a drop, or a lower price. */
const Mark: FC<{ card: CardView; locale: string }> = ({ card, locale }) => {
  const { band, status, dropMark, reduced } = wordsFor(locale).common
  if (card.band === 'sold_out' || card.drop?.status === 'sold_out')
    return <span class="mark mark-gone">{band.sold_out}</span>
  if (card.drop !== null)
    return <span class="mark mark-drop">{said(dropMark, { status: status[card.drop.status] })}</span>
  if (card.band === 'few_left') return <span class="mark mark-few">{band.few_left}</span>
  return card.compareAt === null ? null : <span class="mark">{reduced}</span>
}

type ShelfProps = {
  title: string
  id: string
  cards: readonly CardView[]
  locale: string
  more?: { href: string; words: string }
}

/** A titled row of products; nothing at all when it would be empty. */
export const Shelf: FC<ShelfProps> = ({ title, id, cards, locale, more }) =>
  cards.length === 0 ? null : (
    <section class="shelf" aria-labelledby={id}>
      <div class="shelf-head">
        <h2 id={id}>{title}</h2>
        {more === undefined ? null : <a href={more.href}>{more.words}</a>}
      </div>
      <Grid cards={cards} locale={locale} />
    </section>
  )

export const Grid: FC<{ cards: readonly CardView[]; locale: string; eagerCount?: number }> = ({
  cards,
  locale,
  eagerCount = 0,
}) => (
  <ul class="grid">
    {cards.map((card, i) => (
      <Card card={card} locale={locale} eager={i < eagerCount} />
    ))}
  </ul>
)

/** Something the visitor should know, said once. `alert` interrupts; use it for refusals only. */
export const Notice: FC<{ title: string; tone?: 'bad' | 'good' | 'plain'; children?: Child }> = ({
  title,
  tone = 'plain',
  children,
}) => (
  <div class={`notice notice-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
    <p class="notice-title">{title}</p>
    {children}
  </div>
)
