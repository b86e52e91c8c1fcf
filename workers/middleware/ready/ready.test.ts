import { beforeEach, describe, expect, it } from 'vitest'
import { forgetReady, keepReady, keepReadyByMarket, nameOfPage, type Ready } from '../../ready.ts'
import { answerAtHand } from './index.ts'

const NOW_OF_DROP = 'https://shop.example/api/v1/drops/prints/now'
const PAGE_OF_DROP = 'https://shop.example/drops/prints'
const FRESH = Date.now() + 3_600_000
const AGED = Date.now() - 1

const ready = (text: string, freshUntil: number, etag: string | null = '"1"'): Ready => ({
  ...{ body: Uint8Array.from(new TextEncoder().encode(text)), headers: new Headers({ 'x-made': 'once' }) },
  ...{ freshUntil, etag },
})

/** Asks, and counts who had to go the long way. */
function asking(longWay: () => Promise<Response> = () => Promise.resolve(new Response('from afar'))) {
  const went: string[] = []
  const under: Promise<unknown>[] = []
  const ask = async (address: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> => {
    const request = new Request(address, { method, headers })
    return answerAtHand(request, { waitUntil: (work) => void under.push(work) }, () => {
      went.push(address)
      return longWay()
    })
  }
  return { ask, went }
}

beforeEach(forgetReady)

describe('an answer that lies ready', () => {
  it('[HTT12] is said again from memory, with the ids of whoever asks', async () => {
    keepReady(NOW_OF_DROP, ready('{"status":"open"}', FRESH))
    const { ask, went } = asking()
    const first = await ask(NOW_OF_DROP, { 'x-request-id': 'mine' })
    const second = await ask(NOW_OF_DROP)
    expect([await first.text(), await second.text(), went]).toEqual(['{"status":"open"}', '{"status":"open"}', []])
    expect([first.headers.get('x-request-id'), first.headers.get('x-made')]).toEqual(['mine', 'once'])
    expect(first.headers.get('cache-status')).toMatch(/^onrush-mem; hit; ttl=\d+$/)
    expect(second.headers.get('x-request-id')).toMatch(/^req_/)
  })

  it('[CCH21] says how much of its lifetime is left, however soon it is judged anew', async () => {
    keepReady(NOW_OF_DROP, { ...ready('{}', FRESH), endsAt: FRESH + 3_600_000 })
    const said = (await asking().ask(NOW_OF_DROP)).headers.get('cache-status')
    expect(Number(/^onrush-mem; hit; ttl=(\d+)$/.exec(said ?? '')?.[1])).toBeGreaterThan(3600)
  })

  it('[HTT10] is a 304 to whoever has it already', async () => {
    keepReady(NOW_OF_DROP, ready('{}', FRESH))
    const answer = await asking().ask(NOW_OF_DROP, { 'if-none-match': 'W/"1"' })
    expect([answer.status, await answer.text()]).toEqual([304, ''])
  })

  it('[HTT12] that has aged is renewed by the first who asks, and the others wait for that one', async () => {
    keepReady(NOW_OF_DROP, ready('old', AGED))
    const { promise: read, resolve } = Promise.withResolvers<void>()
    const { ask, went } = asking(async () => {
      await read
      keepReady(NOW_OF_DROP, ready('new', Date.now() + 1)) // it ages again while they wait: it is theirs all the same
      return new Response('new')
    })
    const answers = [1, 2, 3].map(() => ask(NOW_OF_DROP))
    resolve()
    const texts = await Promise.all(answers.map(async (answer) => (await answer).text()))
    expect([texts, went.length]).toEqual([['new', 'new', 'new'], 1])
    expect((await answers[2])?.headers.get('cache-status')).toBe('onrush-mem; fwd=miss; collapsed')
  })

  it('[HTT12] that is not there any more sends everybody the long way', async () => {
    keepReady(NOW_OF_DROP, ready('old', AGED))
    const { ask, went } = asking()
    const texts = await Promise.all([1, 2].map(async () => (await ask(NOW_OF_DROP)).text()))
    expect([texts, went.length]).toEqual([['from afar', 'from afar'], 2])
  })

  it('[HTT26] is not for whoever shows a bookmark or a key, nor for another method', async () => {
    keepReady(NOW_OF_DROP, ready('{}', FRESH))
    const { ask, went } = asking()
    await ask(NOW_OF_DROP, { 'onrush-bookmark': 'b' })
    await ask(NOW_OF_DROP, { authorization: 'Bearer k' })
    await ask(NOW_OF_DROP, {}, 'HEAD')
    expect(went.length).toBe(3)
  })

  it('[PAG21] is another page in each language, and for nobody who has a cookie of ours', async () => {
    keepReady(nameOfPage(PAGE_OF_DROP, 'en'), ready('Sold out', FRESH, null))
    keepReady(nameOfPage(PAGE_OF_DROP, 'de'), ready('Ausverkauft', FRESH, null))
    const { ask, went } = asking()
    const text = async (headers: Record<string, string>): Promise<string> => (await ask(PAGE_OF_DROP, headers)).text()
    expect(await text({})).toBe('Sold out')
    expect(await text({ 'accept-language': 'de', cookie: 'theme=dark' })).toBe('Ausverkauft')
    expect(went).toEqual([])
    expect(await text({ cookie: 'theme=dark; onrush_visitor=vis_1.s' })).toBe('from afar')
  })

  it('[PAG24] has a form’s key of one’s own for each, and nothing else that differs', async () => {
    const key = 'req_00000000000000000000000000'
    const at = '<p>ü</p>'.length + 1
    const name = nameOfPage(PAGE_OF_DROP, 'en')
    keepReady(name, { ...ready(`<p>ü</p>${key}</form>`, FRESH, null), keysAt: [at] })
    const { ask } = asking()
    const texts = [await (await ask(PAGE_OF_DROP)).text(), await (await ask(PAGE_OF_DROP)).text()]
    for (const text of texts) expect(text).toMatch(/^<p>ü<\/p>req_[0-9A-Z]{26}<\/form>$/)
    expect(new Set([...texts, `<p>ü</p>${key}</form>`]).size).toBe(3)
  })

  it('[GEO5] that differs by market is said to those whose market is found the same way, and to nobody else', async () => {
    const product = 'https://shop.example/api/v1/products/lamp'
    const from = (country: string | undefined, headers: Record<string, string> = {}) =>
      Object.assign(new Request(product, { headers }), { cf: country === undefined ? undefined : { country } })
    const said = async (request: Request): Promise<string> =>
      (await answerAtHand(request, { waitUntil: () => {} }, () => new Response('from afar'))).text()
    keepReadyByMarket(product, from('US'), ready('dollars', FRESH))
    keepReadyByMarket(product, from('DE', { cookie: 'onrush_market=us' }), ready('chosen', FRESH))
    keepReadyByMarket(product, from(undefined), ready('nowhere', FRESH))
    expect(await said(from('US'))).toBe('dollars')
    expect(await said(from('US', { cookie: 'other=1' }))).toBe('dollars')
    expect(await said(from('DE', { cookie: 'onrush_market=us' }))).toBe('chosen')
    for (const country of [undefined, 'XX', 'T1']) expect(await said(from(country))).toBe('nowhere')
    for (const other of [
      from('DE'),
      from('US', { cookie: 'onrush_market=eu' }),
      from('US', { 'accept-language': 'de' }),
    ])
      expect(await said(other)).toBe('from afar')
    // A store that has no markets any more.
    keepReady(product, ready('everybody', FRESH))
    expect(await said(from('DE'))).toBe('everybody')
  })
})
