/** The script that keeps a page's figures new, with a page and a server as small as it needs. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { asset } from '../pages/assets.ts'

interface Part {
  dataset: { figures: string }
  says: string
  isEqualNode(other: Part): boolean
  replaceWith(fresh: Part): void
}
const taken: string[] = []
const part = (says: string): Part => ({
  dataset: { figures: 'answers' },
  says,
  isEqualNode: (other) => other.says === says,
  replaceWith: (fresh) => {
    taken.push(fresh.says)
    known = fresh
  },
})
let known = part('1 from memory')
let answer: () => Promise<object>
const asked: number[] = []
const reloads: number[] = []
const says = (text: string) => () => Promise.resolve({ ok: true, redirected: false, text: () => Promise.resolve(text) })

beforeEach(async () => {
  vi.useFakeTimers({ now: 0 })
  vi.stubGlobal('document', { hidden: false, querySelector: () => known })
  vi.stubGlobal('location', { href: '/console/origins', reload: () => reloads.push(Date.now()) })
  vi.stubGlobal(
    'DOMParser',
    class {
      parseFromString = (text: string) => ({ querySelectorAll: () => [part(text)] })
    },
  )
  vi.stubGlobal('fetch', () => {
    asked.push(Date.now())
    return answer()
  })
  await import(`${new URL(`../../public${asset('console-figures.js')}`, import.meta.url).href}?fresh`)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('[CON20] asks every five seconds, takes over what has changed, waits out a fault, and goes where it is sent', async () => {
  answer = says('1 from memory')
  await vi.advanceTimersByTimeAsync(5_000)
  expect(taken).toEqual([])
  answer = says('2 from memory')
  await vi.advanceTimersByTimeAsync(5_000)
  answer = () => Promise.reject(new Error('no network'))
  await vi.advanceTimersByTimeAsync(5_000)
  answer = () => Promise.resolve({ ok: false, redirected: false })
  await vi.advanceTimersByTimeAsync(5_000)
  expect([taken, asked, reloads]).toEqual([['2 from memory'], [5_000, 10_000, 15_000, 20_000], []])
  answer = () => Promise.resolve({ ok: true, redirected: true })
  await vi.advanceTimersByTimeAsync(5_000)
  expect(reloads).toEqual([25_000])
})
