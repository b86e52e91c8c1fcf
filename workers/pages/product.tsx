/**
 * One product: its pictures, its variants as radio buttons, and the button that reserves. The form works without a
 * script; the script only keeps price and availability in step with the chosen variant.
 */
import { raw } from 'hono/html'
import type { Child, FC } from 'hono/jsx'
import type { Parameters } from '../../domain/experiment/experiment.ts'
import { moneyAsDecimal } from '../../platform/money-in-words.ts'
import { wordsFor } from './languages/index.ts'
import { Picture, Price, Shelf } from './parts/cards.tsx'
import { inMarket, TaxNote } from './parts/market.tsx'
import { Countdown } from './parts/countdown.tsx'
import { page } from './parts/layout.tsx'
import type { DropState, Frame, ProductView, VariantView } from './views.ts'
import { durationInWords, plainText, priceInWords } from './words.ts'

export interface ProductPageOptions {
  /** Rendered into the form: the same form sent twice reserves once. */
  requestKey: string
  /** The variant to show as chosen. */
  sku?: string | undefined
  /** What the last attempt was told, shown above the button. */
  notice?: Child
  /** What experiments change for this reader (domain/experiment/experiment.ts, PRODUCT_PARAMETERS). */
  touched?: Parameters
}

export function productPage(frame: Frame, view: ProductView, options: ProductPageOptions) {
  const scripts = [
    ...(view.drop?.status === 'scheduled' ? ['countdown.js'] : []),
    ...(view.dropState === null ? [] : ['drop.js']),
    'product.js',
  ]
  const storyFirst = options.touched?.['story_first'] === true
  return page(
    frame,
    {
      title: view.title,
      description: plainText(view.description).slice(0, 155),
      canonical: `/products/${view.slug}`,
      type: 'product',
      image: view.images[0],
      jsonLd: productJsonLd(frame, view),
      scripts,
      here: view.collection === null ? '' : `/collections/${view.collection.slug}`,
    },
    <>
      <article class="product">
        <Gallery view={view} />
        <div class="buy">
          <div class="buy-inner">
            <p class="crumbs">
              {view.collection === null ? (
                view.vendor
              ) : (
                <a href={`/collections/${view.collection.slug}`}>{view.collection.title}</a>
              )}
            </p>
            <h1>{view.title}</h1>
            {options.notice}
            {storyFirst ? <Story view={view} /> : null}
            <BuyForm frame={frame} view={view} options={options} />
            {storyFirst ? null : <Story view={view} />}
            <dl class="facts">
              {view.vendor === '' ? null : (
                <div>
                  <dt>Made by</dt>
                  <dd>{view.vendor}</dd>
                </div>
              )}
              <div>
                <dt>Per person</dt>
                <dd>At most {view.unitsPerVisitorMax}</dd>
              </div>
              <div>
                <dt>Reserved for</dt>
                <dd>{durationInWords(view.holdDurationMs, frame.store.locale)}</dd>
              </div>
            </dl>
          </div>
        </div>
      </article>
      <Shelf id="related" title="Goes well with" cards={view.related} locale={frame.store.locale} />
    </>,
  )
}

const Story: FC<{ view: ProductView }> = ({ view }) => <div class="prose">{raw(view.description)}</div>

const Gallery: FC<{ view: ProductView }> = ({ view }) => (
  <div class="gallery" role="group" aria-label={`Pictures of ${view.title}`} tabindex={0}>
    {view.images.slice(0, 5).map((image, i) => (
      <Picture image={image} eager={i === 0} />
    ))}
  </div>
)

const BuyForm: FC<{ frame: Frame; view: ProductView; options: ProductPageOptions }> = ({ frame, view, options }) => {
  const chosen =
    view.variants.find(({ sku }) => sku === options.sku) ??
    view.variants.find(({ band }) => band !== 'sold_out') ??
    view.variants[0]
  if (chosen === undefined) return <p class="price">Not for sale at the moment.</p>
  const locale = frame.store.locale
  const waits = view.drop?.status === 'scheduled'
  // What was sold out seconds ago may be free again, but it is no promise: the offer is there, and quiet.
  const isGone = chosen.band === 'sold_out' && view.variants.length === 1
  return (
    <form
      class="buy-form"
      method="post"
      action={inMarket(frame, '/basket')}
      data-product
      data-waits={waits ? '' : undefined}
    >
      <input type="hidden" name="key" value={options.requestKey} />
      <input type="hidden" name="product" value={view.slug} />
      <p class="price" data-price>
        <Price price={chosen.price} compareAt={chosen.compareAt} locale={locale} />
      </p>
      <TaxNote frame={frame} />
      {waits && view.drop !== null ? (
        <div class="drop-note">
          <p>
            Part of <a href={`/drops/${view.drop.slug}`}>{view.drop.title}</a>
          </p>
          <Countdown until={view.drop.opensAt} now={frame.now} locale={locale} verb="Opens" atEnd="stop" />
        </div>
      ) : null}
      <Variants variants={view.variants} chosen={chosen} locale={locale} />
      <Availability view={view} band={chosen.band} locale={locale} />
      {view.isBehindRoom && view.drop !== null ? <ThroughTheRoom slug={view.drop.slug} locale={locale} /> : null}
      {typeof options.touched?.['note'] === 'string' ? <p class="drop-note">{options.touched['note']}</p> : null}
      <div class="buy-row">
        <label class="quantity">
          <span>Quantity</span>
          <input
            name="quantity"
            type="number"
            inputmode="numeric"
            min="1"
            max={view.unitsPerVisitorMax}
            value="1"
            required
          />
        </label>
        {view.drop !== null && (waits || view.isBehindRoom) ? (
          <button class="button button-wide button-quiet" formaction={`/drops/${view.drop.slug}/basket`}>
            {wordsFor(locale).early.choose}
          </button>
        ) : null}
        <button
          class={isGone ? 'button button-wide button-quiet' : 'button button-wide'}
          data-reserve
          hidden={view.isBehindRoom}
        >
          {isGone ? 'Sold out: try anyway' : (options.touched?.['button'] ?? 'Reserve')}
        </button>
      </div>
      <p class="small">
        Yours for {durationInWords(view.holdDurationMs, locale)} while you check out. Nothing is charged yet.
      </p>
    </form>
  )
}

/** How much there is. In a drop it follows the drop, to the second: what else it may say lies ready beside it. */
const Availability: FC<{ view: ProductView; band: VariantView['band']; locale: string }> = ({ view, band, locale }) => {
  const { common } = wordsFor(locale)
  const own = <Band kind={band}>{common.band[band]}</Band>
  const { drop, dropState } = view
  if (drop === null || dropState === null) return own
  const said = (state: DropState) =>
    state === 'scheduled' || state === 'open' || band === 'sold_out' ? (
      own
    ) : (
      <Band kind={state}>{common.status[state]}</Band>
    )
  return (
    <>
      <div data-live="band" data-version={dropState} data-now={`/api/v1/drops/${drop.slug}/now`}>
        {said(dropState)}
      </div>
      {(['open', 'paused', 'sold_out', 'ended'] as const).map((state) => (
        <template data-for={state}>{said(state)}</template>
      ))}
    </>
  )
}

const Band: FC<{ kind: VariantView['band'] | DropState; children?: Child }> = ({ kind, children }) => (
  <p class={`band band-${kind}`} role="status" data-band>
    {children}
  </p>
)

/** Whoever has not been let in is shown the way rather than a button that would refuse them. */
const ThroughTheRoom: FC<{ slug: string; locale: string }> = ({ slug, locale }) => {
  const { drop } = wordsFor(locale)
  return (
    <div class="drop-note">
      <p>{drop.roomOpen}</p>
      <p>
        <a class="button" href={`/drops/${slug}`}>
          {drop.joinDraw}
        </a>
      </p>
    </div>
  )
}

const Variants: FC<{ variants: readonly VariantView[]; chosen: VariantView; locale: string }> = ({
  variants,
  chosen,
  locale,
}) => {
  const only = variants.length === 1 ? variants[0] : undefined
  if (only !== undefined) return <input type="hidden" name="sku" value={only.sku} />
  return (
    <fieldset class="variants">
      <legend>Choose yours</legend>
      <div class="pills">
        {variants.map((variant) => (
          <label class={variant.band === 'sold_out' ? 'pill pill-gone' : 'pill'}>
            <input
              type="radio"
              name="sku"
              value={variant.sku}
              required
              checked={variant.sku === chosen.sku}
              data-price={priceInWords(variant.price, locale)}
              data-band={variant.band}
              data-words={wordsFor(locale).common.band[variant.band]}
            />
            <span>
              {variant.title}
              {variant.band === 'sold_out' ? <span class="unseen"> (sold out)</span> : null}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** schema.org/Product with one Offer a variant, so that a search engine shows price and availability. */
function productJsonLd(frame: Frame, view: ProductView): unknown {
  return {
    '@context': 'https://schema.org',
    '@type': 'Product',
    name: view.title,
    description: plainText(view.description),
    ...(view.vendor === '' ? {} : { brand: { '@type': 'Brand', name: view.vendor } }),
    image: view.images.slice(0, 3).map(({ url }) => new URL(url, frame.origin).href),
    offers: view.variants.slice(0, 12).map((variant) => ({
      '@type': 'Offer',
      sku: variant.sku,
      price: moneyAsDecimal(variant.price),
      priceCurrency: variant.price.currency,
      availability: `https://schema.org/${variant.band === 'sold_out' ? 'SoldOut' : variant.band === 'few_left' ? 'LimitedAvailability' : 'InStock'}`,
      url: `${frame.origin}/products/${view.slug}`,
    })),
  }
}
