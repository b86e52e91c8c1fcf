/** What a page says of markets: its other versions, whether prices contain the tax, and the form that changes the market. */
import type { FC } from 'hono/jsx'
import { wordsFor } from '../languages/index.ts'
import type { Frame } from '../views.ts'

type Framed = FC<{ frame: Frame }>

/** The address of this version of the page: a market that is named in the address stays named. */
export const canonicalOf = ({ origin, market }: Frame, path: string): string =>
  origin + withQuery(path, market?.inAddress.slice(1) ?? '')

const withQuery = (path: string, query: string): string =>
  query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`

/** The same page in the other markets and languages, for search engines. */
export const Alternates: FC<{ frame: Frame; path: string }> = ({ frame, path }) => (
  <>
    {(frame.market?.alternates ?? []).map(({ hreflang, market, language }) => (
      <link
        rel="alternate"
        hreflang={hreflang}
        href={
          frame.origin +
          withQuery(path, market === null ? '' : new URLSearchParams({ market, language: language ?? '' }).toString())
        }
      />
    ))}
  </>
)

/** Where a form that buys goes: with the market whose prices stand beside it, so that those are held and no others. */
export const inMarket = ({ market }: Frame, path: string): string =>
  market?.key == null ? path : withQuery(path, new URLSearchParams({ market: market.key }).toString())

/** Whether the price contains the tax, where the market says so. */
export const TaxNote: Framed = ({ frame }) => {
  const words = wordsFor(frame.store.locale).common.market
  const display = frame.market?.taxDisplay ?? null
  return display === null ? null : <p class="small">{display === 'included' ? words.taxIncluded : words.taxExcluded}</p>
}

/** Another market and language, for good: a form, so that it works without a script and no crawler presses it. */
export const MarketForm: Framed = ({ frame: { store, market } }) => {
  if (market === undefined) return null
  const words = wordsFor(store.locale).common.market
  return (
    <form class="filters" method="post" action="/market" aria-label={words.title}>
      <input type="hidden" name="back" value={market.back} />
      <label>
        {words.market}{' '}
        <select name="market">
          {market.key === null ? <option value="">–</option> : null}
          {market.choices.map(({ key, name, currency }) => (
            <option value={key} selected={key === market.key}>{`${name} (${currency})`}</option>
          ))}
        </select>
      </label>
      <label>
        {words.language}{' '}
        <select name="language">
          <option value="">{words.asBrowser}</option>
          {languagesOf(market).map((language) => (
            <option value={language} lang={language} selected={language === market.language}>
              {ownName(language)}
            </option>
          ))}
        </select>
      </label>
      <button class="button button-quiet">{words.change}</button>
    </form>
  )
}

const languagesOf = ({ choices }: NonNullable<Frame['market']>): string[] => [
  ...new Set(choices.flatMap(({ languages }) => languages)),
]

/** "Deutsch", "English (United Kingdom)": as whoever speaks it calls it. */
const ownName = (language: string): string =>
  new Intl.DisplayNames(language, { type: 'language' }).of(language) ?? language
