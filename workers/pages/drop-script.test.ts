/** The script of a drop's page, with a page and a server as small as it needs. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { asset } from './assets.ts'

const shown: unknown[] = []
const part = {
  dataset: { version: 'open', now: '/api/v1/drops/dawn/now', opensAt: '0' } as Record<string, string>,
  replaceChildren: (...nodes: unknown[]) => shown.push(...nodes),
}
let answers: (() => Promise<Response>)[] = []
const asked: { at: number; path: string }[] = []

beforeEach(async () => {
  vi.useFakeTimers({ now: 0 })
  vi.spyOn(Math, 'random').mockReturnValue(0)
  const template = (state: string) => ({ content: { cloneNode: () => `what is said when ${state}` } })
  vi.stubGlobal('document', {
    hidden: false,
    querySelector: (wanted: string) =>
      wanted === '[data-live]' ? part : template(/data-for="(\w+)"/.exec(wanted)?.[1] ?? ''),
    addEventListener: () => undefined,
  })
  vi.stubGlobal('location', { href: '/drops/dawn' })
  vi.stubGlobal('fetch', (path: string) => {
    asked.push({ at: Date.now(), path })
    const answer = path.endsWith('/now') ? answers.shift() : undefined
    return answer?.() ?? Promise.reject(new Error('no network'))
  })
  await import(`${new URL(`../../public${asset('drop.js')}`, import.meta.url).href}?fresh`)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const now =
  (status: string, more: object = {}) =>
  () =>
    Promise.resolve(Response.json({ status, opens_at: new Date(0).toISOString(), poll_after_ms: 1000, ...more }))

it('[WTP3] shows what lies ready with the first number that says so, asks at the server’s pace, and slower without answers', async () => {
  answers = [now('open'), now('sold_out'), now('sold_out')]
  await vi.advanceTimersByTimeAsync(1000)
  expect(shown).toEqual([])
  await vi.advanceTimersByTimeAsync(1000)
  expect(shown).toEqual(['what is said when sold_out'])
  expect(part.dataset['version']).toBe('sold_out')

  // The page itself follows a second later; from then on nobody answers.
  await vi.advanceTimersByTimeAsync(60_000)
  const polls = asked.filter(({ path }) => path.endsWith('/now')).map(({ at }) => at)
  expect(polls).toEqual([1000, 2000, 3000, 4000, 6000, 10_000, 18_000, 33_000, 48_000])
  expect(asked.filter(({ path }) => path === '/drops/dawn').map(({ at }) => at)).toEqual([3000])
})
