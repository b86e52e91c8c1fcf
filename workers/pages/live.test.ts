/** The script of a live page, with a page, a stream and a server as small as it needs. */
import { afterEach, expect, it, vi } from 'vitest'
import { asset } from './assets.ts'

afterEach(() => vi.unstubAllGlobals())

it('[PAG20] takes over the title with the part that is told anew', async () => {
  const attributes = new Set<string>()
  const part = {
    dataset: { events: '/events', version: '1' },
    hasAttribute: (name: string) => attributes.has(name),
    setAttribute: (name: string) => attributes.add(name),
    replaceChildren: () => undefined,
  }
  const fresh = { dataset: { version: '2' }, childNodes: [], hasAttribute: () => true }
  const page = { title: 'Paid', querySelector: () => fresh }
  const document = { title: 'Order taken', hidden: false, querySelector: () => part }
  const heard: (() => Promise<void>)[] = []
  const stream = {
    readyState: 1,
    addEventListener: (_: string, hear: () => Promise<void>) => heard.push(hear),
    close() {},
  }
  vi.stubGlobal('document', document)
  vi.stubGlobal('location', { href: '/orders/1' })
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>')))
  vi.stubGlobal(
    'DOMParser',
    class {
      parseFromString = () => page
    },
  )
  vi.stubGlobal(
    'EventSource',
    Object.assign(
      function () {
        return stream
      },
      { OPEN: 1 },
    ),
  )
  await import(new URL(`../../public${asset('live.js')}`, import.meta.url).href)
  await heard[0]!()
  expect(document.title).toBe('Paid')
  expect(attributes).toContain('data-final')
})
