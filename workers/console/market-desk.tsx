/**
 * Markets in the console: which there are, what each sees, and which one somebody from somewhere would be in. They are
 * changed over the API. Who stands here is signed in and may look (console/index.tsx).
 */
import { Hono } from 'hono'
import type { FC } from 'hono/jsx'
import type { Market } from '../../domain/market/market.ts'
import { marketOf, type Placing } from '../../domain/market/placing.ts'
import { restrictionOf, type RestrictionRefusal } from '../../domain/market/restrictions.ts'
import { countMarketPrices } from '../../platform/postgres/market-prices.ts'
import { listMarkets } from '../../platform/postgres/markets.ts'
import type { AppEnv } from '../context.ts'
import { isCountry } from '../market-schemas.ts'
import { reading } from '../sessions.ts'
import { Counts } from './counts.tsx'
import { shown } from './layout.tsx'
import { number } from './say.ts'

export const marketDesk = new Hono<AppEnv>()

marketDesk.get('/', async (c) => {
  const reader = await reading(c)
  const { storeId, store } = c.var.visit
  const [markets, prices] = [await listMarkets(reader, storeId), await countMarketPrices(reader, storeId)]
  const asked = (c.req.query('country') ?? '').trim().toUpperCase().slice(0, 2)
  const language = (c.req.query('language') ?? '').trim().slice(0, 35)
  const trial = asked === '' ? null : tried(markets, asked, language)
  const view = { markets, prices, asked, language, trial, currency: store.currency }
  return shown(c, { title: 'Markets', isSignedIn: true }, <MarketsPage view={view} />)
})

interface Trial {
  placing: Placing
  restriction: RestrictionRefusal | null
  isKnown: boolean
}

/** What the network calls a country it does not know is none here either. */
function tried(markets: readonly Market[], asked: string, language: string): Trial {
  const country = isCountry(asked) ? asked : null
  return {
    placing: marketOf({ country, choices: [], acceptLanguage: language }, markets),
    restriction: restrictionOf({ country, shipsTo: null }, markets),
    isKnown: country !== null,
  }
}

interface View {
  markets: Market[]
  /** How many prices of its own a market has, by its key. */
  prices: ReadonlyMap<string, number>
  asked: string
  language: string
  trial: Trial | null
  /** The store's own. */
  currency: string
}

const MarketsPage: FC<{ view: View }> = ({ view }) => (
  <div class="sheet">
    <h1>Markets</h1>
    {view.markets.length === 0 ? (
      <p>
        This shop sells everywhere in {view.currency}. A market gives some countries a currency, languages and prices of
        their own: <code>POST /api/v1/admin/markets</code> (<a href="/docs">the API</a>).
      </p>
    ) : (
      <>
        <Try view={view} />
        <All view={view} />
      </>
    )}
  </div>
)

const Try: FC<{ view: View }> = ({ view: { asked, language, trial } }) => (
  <section aria-labelledby="try">
    <h2 id="try">What does somebody see?</h2>
    <form class="fields" method="get" action="/console/markets">
      <div class="field">
        <label for="country">Country, as two letters</label>
        <input id="country" name="country" required maxlength={2} value={asked} autocomplete="off" />
      </div>
      <div class="field">
        <label for="language">Language of the browser</label>
        <input id="language" name="language" maxlength={35} value={language} autocomplete="off" placeholder="de-AT" />
      </div>
      <button class="button field-half">Try</button>
    </form>
    {trial === null ? null : <p role="status">{trialInWords(asked, trial)}</p>}
  </section>
)

function trialInWords(asked: string, { placing, restriction, isKnown }: Trial): string {
  const { market, language, by } = placing
  const who = isKnown ? asked : `${asked} is no country; from an unknown one`
  if (market === null) return `${who}: no market, so the shop’s own terms.`
  const why = by === 'country' ? '' : ', the default'
  const bought = restriction === null ? '' : ` Nothing is sold there: ${WHY[restriction.code]}.`
  return `${who}: ${market.name}${why}, in ${market.currency}; pages that are translated speak ${language}.${bought}`
}

const WHY: Record<RestrictionRefusal['code'], string> = {
  country_forbidden_by_law: 'a law forbids it',
  country_not_served: 'it is not served',
}

const All: FC<{ view: View }> = ({ view: { markets, prices } }) => (
  <section aria-labelledby="all">
    <h2 id="all">
      All of them <span>{number(markets.length)}</span>
    </h2>
    <Counts heads={['Market', 'Countries', 'Not sold to', 'Currency', 'Languages', 'Own prices']}>
      {markets.map((market) => (
        <tr>
          <th scope="row">
            {market.name} <code>{market.key}</code>
            {market.isDefault ? ' (default)' : ''}
          </th>
          <td>{few(market.countries)}</td>
          <td>{few(market.restricted.map(({ country }) => country))}</td>
          <td>{`${market.currency}, tax ${market.taxDisplay}`}</td>
          <td>{market.languages.join(', ')}</td>
          <td>{number(prices.get(market.key) ?? 0)}</td>
        </tr>
      ))}
    </Counts>
  </section>
)

const FEW = 8

/** The first ones, and how many more. */
const few = (countries: readonly string[]): string =>
  countries.length === 0
    ? '–'
    : countries.slice(0, FEW).join(', ') + (countries.length > FEW ? ` and ${countries.length - FEW} more` : '')
