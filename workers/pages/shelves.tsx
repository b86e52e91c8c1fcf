/** Pages that are lists: all collections, one collection, a search. Filters are a GET form, pages are cursors. */
import { raw } from 'hono/html'
import type { FC } from 'hono/jsx'
import type { ProductSort } from '../../domain/catalog/query.ts'
import { CollectionTile } from './home.tsx'
import { Grid } from './parts/cards.tsx'
import { page } from './parts/layout.tsx'
import type { CollectionCard, CollectionView, Frame, SearchView, ShelfView } from './views.ts'
import { plainText } from './words.ts'

export const SORTS: readonly (readonly [ProductSort, string])[] = [
  ['featured', 'Our choice'],
  ['newest', 'Newest first'],
  ['price', 'Price, low to high'],
  ['-price', 'Price, high to low'],
  ['title', 'A to Z'],
]

export const collectionsPage = (frame: Frame, collections: readonly CollectionCard[]) =>
  page(
    frame,
    { title: 'Collections', description: `All collections of ${frame.store.name}.`, canonical: '/collections' },
    <>
      <div class="intro">
        <h1>Collections</h1>
      </div>
      <section class="shelf" aria-label="All collections">
        <ul class="tiles">
          {collections.map((collection) => (
            <CollectionTile collection={collection} />
          ))}
        </ul>
      </section>
    </>,
  )

export function collectionPage(frame: Frame, view: CollectionView) {
  const { slug, title, description } = view.collection
  const here = `/collections/${slug}`
  return page(
    frame,
    {
      title,
      description: plainText(description) || `${title} at ${frame.store.name}.`,
      // Sorted and filtered lists are the same shelf to a search engine.
      canonical: here,
      image: view.cards[0]?.image,
      here,
    },
    <>
      <div class="intro">
        <h1>{title}</h1>
        {description === '' ? null : <div class="prose">{raw(description)}</div>}
      </div>
      <Filters view={view} action={here} />
      <List
        view={view}
        locale={frame.store.locale}
        here={here}
        nothing="Nothing on this shelf matches. Try without the filter."
      />
    </>,
  )
}

export function searchPage(frame: Frame, view: SearchView) {
  const { query } = view
  const count = view.cards.length
  const title = query === '' ? 'All products' : `“${query}”`
  return page(
    frame,
    { title: query === '' ? title : `Search: ${query}`, canonical: query === '' ? '/search' : undefined },
    <>
      <div class="intro">
        <h1>{title}</h1>
        {query === '' ? null : (
          <p role="status">
            {count === 0
              ? 'We have nothing by that name.'
              : view.nextCursor === null && view.isFirstPage
                ? `${count} found.`
                : 'Found quite a few.'}
          </p>
        )}
      </div>
      <Filters view={view} action="/search" query={query} />
      <List view={view} locale={frame.store.locale} here="/search" query={query} nothing="Try fewer or other words." />
    </>,
  )
}

const Filters: FC<{ view: ShelfView; action: string; query?: string }> = ({ view, action, query = '' }) => (
  <form class="filters" action={action} aria-label="Sort and filter">
    {query === '' ? null : <input type="hidden" name="q" value={query} />}
    <label>
      Sort by
      <select name="sort">
        {SORTS.map(([value, words]) => (
          <option value={value} selected={value === view.sort}>
            {words}
          </option>
        ))}
      </select>
    </label>
    <label>
      <input type="checkbox" name="in_stock" value="true" checked={view.inStockOnly} />
      In stock only
    </label>
    <button class="button button-quiet">Show</button>
  </form>
)

const List: FC<{ view: ShelfView; locale: string; here: string; query?: string; nothing: string }> = ({
  view,
  locale,
  here,
  query = '',
  nothing,
}) => {
  const address = (cursor: string | null): string => {
    const search = new URLSearchParams()
    if (query !== '') search.set('q', query)
    search.set('sort', view.sort)
    if (view.inStockOnly) search.set('in_stock', 'true')
    if (cursor !== null) search.set('cursor', cursor)
    return `${here}?${search.toString()}`
  }
  return (
    <>
      <section class="shelf" aria-label="Products">
        {view.cards.length === 0 ? <p>{nothing}</p> : <Grid cards={view.cards} locale={locale} eagerCount={4} />}
      </section>
      <nav class="pages" aria-label="Pages">
        {view.isFirstPage ? null : (
          <a class="button button-quiet" href={address(null)}>
            Back to the start
          </a>
        )}
        {view.nextCursor === null ? null : (
          <a class="button" href={address(view.nextCursor)} rel="next">
            Show more
          </a>
        )}
      </nav>
    </>
  )
}
