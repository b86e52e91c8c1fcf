/** What origins have said of the queries of their pages (No-Vary-Search), by page: the newest word, in this isolate's memory. */
import { noVarySearchOf, reducedKey, type NoVarySearch } from '../../domain/http-cache/no-vary-search.ts'

/** More pages than a shop has that say so; whoever makes up addresses must not fill the memory. */
const PAGES_MOST = 2_000

export class SearchRules {
  readonly #rules = new Map<string, NoVarySearch>()

  /** Hears an answer to a GET. A confirmation and a fault say nothing of the page itself. */
  learn(address: string, { status, headers }: Pick<Response, 'status' | 'headers'>): void {
    if (status === 304 || status >= 500) return
    const field = headers.get('no-vary-search')
    const rule = field === null ? null : noVarySearchOf([['no-vary-search', field]])
    const page = pageOf(address)
    if (rule === null) this.#rules.delete(page)
    else if (this.#rules.size < PAGES_MOST || this.#rules.has(page)) this.#rules.set(page, rule)
  }

  /** Under what answers to this address are stored. */
  keyFor(address: string): string {
    if (this.#rules.size === 0) return address
    const rule = this.#rules.get(pageOf(address))
    return rule ? reducedKey(address, rule) : address
  }
}

function pageOf(address: string): string {
  const query = address.indexOf('?')
  return query === -1 ? address : address.slice(0, query)
}
