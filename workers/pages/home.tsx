/** The front of the shop: the drop and its countdown, the collections, what is new, what is wanted. */
import type { FC } from 'hono/jsx'
import { wordsFor } from './languages/index.ts'
import { Picture, Shelf } from './parts/cards.tsx'
import { Countdown } from './parts/countdown.tsx'
import { page } from './parts/layout.tsx'
import type { CardView, CollectionCard, DropView, Frame, HomeView } from './views.ts'
import { plainText, priceInWords } from './words.ts'

export const homePage = (frame: Frame, view: HomeView) =>
  page(
    frame,
    {
      title: frame.store.name,
      description: frame.store.tagline,
      canonical: '/',
      image: view.drop?.image,
      scripts: view.drop?.status === 'scheduled' ? ['countdown.js'] : [],
    },
    <>
      {view.drop === null ? <Greeting frame={frame} /> : <Hero frame={frame} drop={view.drop} />}
      <Promises />
      <Collections collections={view.collections} />
      <Shelf
        id="new"
        title="Just in"
        cards={view.fresh}
        locale={frame.store.locale}
        more={{ href: '/search?sort=newest', words: 'See all new' }}
      />
      <Wanted cards={view.popular} locale={frame.store.locale} />
    </>,
  )

const Greeting: FC<{ frame: Frame }> = ({ frame }) => (
  <section class="hero hero-plain" aria-labelledby="hero-title">
    <div class="hero-words">
      <h1 id="hero-title">{frame.store.tagline}</h1>
      <p class="hero-actions">
        <a class="button" href="/collections">
          See the collections
        </a>
      </p>
    </div>
  </section>
)

const Hero: FC<{ frame: Frame; drop: DropView }> = ({ frame, drop }) => (
  <section class="hero" aria-labelledby="hero-title">
    <div class="hero-words">
      <p class="eyebrow">
        <span class={`dot dot-${drop.status}`} aria-hidden="true" /> The drop ·{' '}
        {wordsFor(frame.store.locale).common.status[drop.status]}
      </p>
      <h1 id="hero-title">{drop.title}</h1>
      <p class="hero-lead">{plainText(drop.description)}</p>
      {drop.status === 'scheduled' ? (
        <Countdown until={drop.opensAt} now={frame.now} locale={frame.store.locale} verb="Opens" atEnd="reload" />
      ) : null}
      <p class="hero-actions">
        <a class="button" href={`/drops/${drop.slug}`}>
          {drop.status === 'open' ? 'Shop the drop' : 'See the drop'}
        </a>
        {drop.unitsPerVisitorMax === null ? null : (
          <span class="hero-fine">At most {drop.unitsPerVisitorMax} each.</span>
        )}
      </p>
    </div>
    <a class="hero-art" href={`/drops/${drop.slug}`} tabindex={-1} aria-hidden="true">
      <Picture image={drop.image} eager />
    </a>
  </section>
)

const Promises: FC = () => (
  <ul class="promises" aria-label="What you can count on">
    <li>
      <b>Held while you decide</b> Reserve first, pay after. Nobody can take it from your basket.
    </li>
    <li>
      <b>Never sold twice</b> Every unit has one keeper and one buyer.
    </li>
    <li>
      <b>Charged when it is yours</b> If we cannot deliver, your money never moves.
    </li>
  </ul>
)

const Collections: FC<{ collections: readonly CollectionCard[] }> = ({ collections }) =>
  collections.length === 0 ? null : (
    <section class="shelf" aria-labelledby="collections">
      <div class="shelf-head">
        <h2 id="collections">Collections</h2>
        <a href="/collections">See all</a>
      </div>
      <ul class={collections.length >= 5 ? 'tiles tiles-five' : 'tiles'}>
        {collections.slice(0, collections.length >= 5 ? 5 : 4).map((collection) => (
          <CollectionTile collection={collection} />
        ))}
      </ul>
    </section>
  )

export const CollectionTile: FC<{ collection: CollectionCard }> = ({ collection }) => (
  <li class="tile">
    <a href={`/collections/${collection.slug}`}>
      <Picture image={{ ...collection.image, alt: '' }} />
      <span class="tile-words">
        <span class="tile-title">{collection.title}</span>
        {collection.productCount === null ? null : <span class="tile-count">{collection.productCount}</span>}
      </span>
    </a>
  </li>
)

/** What others want, as a list with numbers: an order is worth more than another row of pictures. */
const Wanted: FC<{ cards: readonly CardView[]; locale: string }> = ({ cards, locale }) =>
  cards.length === 0 ? null : (
    <section class="shelf wanted" aria-labelledby="wanted">
      <div class="shelf-head">
        <h2 id="wanted">Most wanted</h2>
      </div>
      <ol>
        {cards.slice(0, 8).map((card, i) => (
          <li>
            <a href={`/products/${card.slug}`}>
              <span class="rank" aria-hidden="true">
                {i + 1}
              </span>
              <Picture image={{ ...card.image, alt: '' }} />
              <span class="wanted-words">
                <b>{card.title}</b>
                <span>{card.note}</span>
              </span>
              <span class="wanted-price">{priceInWords(card.price, locale)}</span>
            </a>
          </li>
        ))}
      </ol>
    </section>
  )
