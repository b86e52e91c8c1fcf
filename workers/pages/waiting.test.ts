/** The waiting room's page in each of its states, in each of its languages, and its scripts beside what they must agree with. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { hexOf } from '../../domain/room/bytes.ts'
import { LOT_BYTES, commitmentOf, mixOf, orderOf, rootOf } from '../../domain/room/draw.ts'
import { asset } from './assets.ts'
import { drawPage } from './draw.tsx'
import { dropPage } from './drop.tsx'
import { draw, drop, frame, NOON, place, room, roomNow } from './fixtures.ts'
import type { DropStatus, Frame, PlaceView, RoomNow, RoomView } from './views.ts'
import { refreshSecondsOf, roomStateOf, type RoomState } from './waiting-state.ts'
import { waitingPage } from './waiting.tsx'

const before: RoomNow = { ...roomNow, phase: 'before', admittedThrough: 0 }
const undrawn: PlaceView = { ...place, phase: 'draw', position: null, estimate: null, chance: null }
const called: PlaceView = { ...place, phase: 'called', position: 930, calledUntil: NOON + 15_000 }
const missed: PlaceView = { ...place, phase: 'missed', position: 930 }
const left: PlaceView = { ...missed, phase: 'left' }
const used: PlaceView = { ...missed, phase: 'used' }

const VIEWS: Record<RoomState, RoomView> = {
  outside_before: room({ status: 'scheduled', room: before, place: null }),
  outside_after: room({ place: null }),
  draw: room({ status: 'scheduled', room: before, place: undrawn }),
  drawing: room({ room: { ...roomNow, phase: 'drawing' }, place: undrawn }),
  line: room({ unitsLeft: 12, place: { ...place, chance: 'small' } }),
  turn: room({ place: called }),
  inside: room({ place: { ...place, phase: 'inside' } }),
  late: room({ place: missed }),
  next: room({ place: missed, late: 'asking' }),
  over: room({ place: used }),
  paused: room({ status: 'paused' }),
  sold_out: room({ status: 'sold_out' }),
  ended: room({ status: 'ended' }),
}
const STATES = Object.keys(VIEWS) as RoomState[]

const inLanguage = (locale: string): Frame => ({ ...frame, store: { ...frame.store, locale } })
const drawn = async (view: RoomView, locale = 'en'): Promise<string> =>
  String(await waitingPage(inLanguage(locale), view))
/** As a browser shows it: without what lies in templates. */
const shown = async (view: RoomView, locale = 'en'): Promise<string> =>
  (await drawn(view, locale)).replace(/<template\b[\s\S]*?<\/template>/g, '')
const stage = (html: string): string => /data-shown="true">([\s\S]*?)<aside/.exec(html)?.[1] ?? ''

describe('a place in the waiting room', () => {
  it.each(STATES)('[WTP1] is told as “%s” under a heading, and shows what one can do next', async (state) => {
    const html = await shown(VIEWS[state])
    expect(html).toContain(`data-state="${state}"`)
    expect(html.match(/<h1[ >]/g)).toHaveLength(1)
    expect(stage(html).length).toBeGreaterThan(100)
    const hasWay = /<button|<a class="button/.test(stage(html))
    expect(hasWay || ['draw', 'drawing', 'line', 'next', 'paused'].includes(state)).toBe(true)
  })

  it('[WTP1] leads in with one button when it is one’s turn, and says until when', async () => {
    const html = stage(await shown(VIEWS.turn))
    expect(html).toContain('<form class="room-go" method="post" action="/drops/first-light/waiting/pass">')
    expect(html.match(/<button/g)).toHaveLength(1)
    expect(html).toContain(`data-countdown="${NOON + 15_000}"`)
  })

  it('[WTP1] lets somebody who came late ask again, until it is over', async () => {
    expect(stage(await shown(VIEWS.late))).toContain('action="/drops/first-light/waiting/pass"')
    expect(stage(await shown(VIEWS.next))).not.toContain('<form')
    expect(stage(await shown(VIEWS.over))).not.toContain('<form')
    expect(await shown(room({ place: left }))).toContain('data-state="over"')
    expect(await shown(room({ place: used, late: 'asking' }))).toContain('data-state="over"')
    expect(await shown(room({ place: missed, late: 'over' }))).toContain('data-state="over"')
  })

  it('[WTP2] says how many are before, and the wait as a range', async () => {
    const html = stage(await shown(VIEWS.line))
    expect(html).toMatch(/<b data-ahead="true">299<\/b>/)
    expect(html).toContain('8–13 minutes')
    expect(html).toContain('1,234')
  })

  it('[WTP2] says honestly when the rest will hardly do, and promises nothing it cannot', async () => {
    const text = stage(await shown(VIEWS.line))
      .replace(/<[^>]*hidden[^>]*>[\s\S]*?<\/span>/g, '')
      .replace(/<[^>]+>/g, '')
    expect(text).toContain('12 left, 299 before you.')
    expect(text).toContain('it will probably be gone before your turn')
    expect(text).not.toContain('there is enough')
    const many = stage(await shown(room({ unitsLeft: null, place: { ...place, chance: null, estimate: null } })))
    expect(many).toContain('not known yet')
    expect(many).toMatch(/data-few="true" hidden/)
  })

  it('[WTP2] claims no advantage for coming early', async () => {
    expect(stage(await shown(VIEWS.draw))).toContain('Coming earlier gives no advantage')
    expect(stage(await shown(VIEWS.outside_before))).toContain('the same chance')
  })

  it('[WTP3] has what everybody is told alike lying ready, so that telling costs no request', async () => {
    const html = await drawn(VIEWS.line)
    for (const state of ['paused', 'sold_out', 'ended']) expect(html).toContain(`<template data-for="${state}"`)
    expect(await drawn(VIEWS.paused)).not.toContain('<template data-for="paused"')
  })

  it('[WTP3] offers at sold out to stay for what comes back, to those who have a place', async () => {
    expect(stage(await shown(VIEWS.sold_out))).toContain('name="stay" value="1"')
    expect(stage(await shown(room({ status: 'sold_out', isStaying: true })))).toContain('It is no promise')
    expect(stage(await shown(room({ status: 'sold_out', place: null })))).not.toContain('name="stay"')
  })

  it('[WTP12] names the stream that tells it where there is one, and where to ask in any case', async () => {
    expect(await shown(VIEWS.line)).toContain('data-events="/api/v1/drops/first-light/now/events"')
    const untold = await shown(room({ isTold: false }))
    expect(untold).not.toContain('data-events')
    expect(untold).toContain('data-now="/api/v1/drops/first-light/now"')
  })

  it('[WTP4] looks again without scripts: just after the draw, at the server’s pace in line, never when nothing can change', () => {
    expect(refreshSecondsOf('draw', before, 7_200)).toBe(9)
    expect(refreshSecondsOf('draw', before, 3_600_000)).toBe(60)
    expect(refreshSecondsOf('line', { ...roomNow, pollAfterMs: 12_000, jitterMs: 3000 }, 0)).toBe(15)
    expect(refreshSecondsOf('line', roomNow, 0)).toBe(5)
    expect(refreshSecondsOf('ended', roomNow, 0)).toBeUndefined()
  })

  it('[WTP11] asks for an address where one is needed, in a form that needs no script and is not reloaded away', async () => {
    const html = await drawn(room({ place: null, mailbox: { step: 'ask' } }))
    expect(stage(html)).toContain('method="post" action="/drops/first-light/waiting/letter"')
    expect(stage(html)).toMatch(/<input id="room-email" name="email" type="email"[^>]* required/)
    expect(stage(html)).not.toContain('action="/drops/first-light/waiting"')
    expect(html).not.toContain('http-equiv="refresh"')
    expect(html).not.toContain('looks again by itself')
    expect(await drawn(room({ place: null }))).toContain('http-equiv="refresh"')
  })

  it('[WTP11] says that a letter is under way, takes its code by hand, and sends another', async () => {
    const html = stage(await shown(room({ place: null, mailbox: { step: 'sent' } })))
    expect(html).toContain('A letter is on its way')
    expect(html).toMatch(/action="\/drops\/first-light\/waiting"><div class="field"><label for="room-proof">/)
    expect(html).toContain('action="/drops/first-light/waiting/letter"')
  })

  it('[WTP11] has one button for whoever has read the letter, and asks the challenge there too', async () => {
    const proven = { place: null, mailbox: { step: 'proven' as const, proof: 'v1.a"b' } }
    const html = stage(await shown(room(proven)))
    expect(html).toContain('<input type="hidden" name="email_proof" value="v1.a&quot;b"')
    expect(html.match(/<button/g)).toHaveLength(1)
    const challenge = { host: 'https://challenges.example', siteKey: 'key' }
    expect(stage(await shown(room({ ...proven, challenge })))).toContain('data-sitekey="key"')
  })
})

describe('the scripts', () => {
  let stateOf: (now: unknown, own: unknown) => string
  let checked: (lot: string, given: unknown, positions: Map<string, number>) => Promise<Record<string, unknown>>
  beforeAll(async () => {
    vi.stubGlobal('document', { querySelector: () => null, documentElement: { lang: 'en' } })
    ;({ stateOf } = await import(new URL(`../../public${asset('waiting.js')}`, import.meta.url).href))
    ;({ checked } = await import(new URL(`../../public${asset('draw.js')}`, import.meta.url).href))
  })
  afterEach(() => vi.unstubAllGlobals())

  it('[WTP5] find the same state as the page from the same numbers', async () => {
    const statuses: DropStatus[] = ['scheduled', 'open', 'paused', 'sold_out', 'ended']
    const phases: RoomNow['phase'][] = ['before', 'drawing', 'line', 'closed']
    const called934 = { ...place, position: 934 }
    const places = [null, undrawn, place, called934, { ...place, phase: 'inside' as const }, missed, used, left]
    for (const status of statuses)
      for (const phase of phases)
        for (const mine of places) {
          const seen = { ...roomNow, phase }
          const expected = roomStateOf(status, seen, mine)
          const html = await drawn(room({ status, room: seen, place: mine }))
          const own = {
            mine: /data-mine="(\w+)"/.exec(html)?.[1],
            position: /data-position="(\d+)"/.exec(html)?.[1],
          }
          const now = { status, room: { phase, admitted_through: seen.admittedThrough } }
          // Drawn, and not heard yet: the page knows, the script has to ask.
          const found = stateOf(now, own)
          expect(found === 'drawn' ? 'drawing' : found).toBe(expected)
        }
  })

  it('[WTP9] draw again what was drawn, and find out when somebody has meddled with it', async () => {
    const sha = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())
    const seed = sha(new Uint8Array([1]))
    const count = 1500
    const lots = new Uint8Array(count * LOT_BYTES)
    for (let i = 0; i < count; i++) lots.set(sha(new Uint8Array([i & 255, i >> 8])).slice(0, LOT_BYTES), i * LOT_BYTES)
    const publicValue = rootOf(lots, sha)
    const order = orderOf(lots, mixOf(seed, Uint8Array.from(Buffer.from(publicValue, 'hex')), sha), sha)
    const lotAt = (i: number): string => hexOf(lots.slice(i * LOT_BYTES, (i + 1) * LOT_BYTES))
    const positions = new Map([...order].map((index, at): [string, number] => [lotAt(index), at + 1]))
    const given = { seed: hexOf(seed), commitment: commitmentOf(seed, sha), publicValue, root: publicValue }
    const lot = lotAt(7)

    const position = positions.get(lot)
    expect(await checked(lot, given, positions)).toMatchObject({ verdict: 'found', position, count })
    const other = [...positions.keys()].find((one) => one !== lot)!
    const swapped = new Map([...positions, [lot, positions.get(other)!], [other, position!]])
    expect(await checked(lot, given, swapped)).toMatchObject({ verdict: 'differs', position })
    expect(await checked(lot, { ...given, seed: hexOf(sha(seed)) }, positions)).toEqual({ verdict: 'broken' })
    const without = new Map([...positions].filter(([one]) => one !== other))
    expect(await checked(lot, given, without)).toEqual({ verdict: 'broken' })
    expect(await checked('00'.repeat(16), given, positions)).toEqual({ verdict: 'notFound' })
  })

  it.each(['waiting.js', 'waiting-told.js', 'waiting-numbers.js', 'draw.js', 'drop.js', 'countdown.js'])(
    '[WTP5] weigh little: %s under 2 kB as sent',
    (name) => {
      expect(gzipSync(readFileSync(new URL(`../../public${asset(name)}`, import.meta.url))).length).toBeLessThan(2000)
    },
  )
})

describe('the draw’s page', () => {
  const page = async (view: typeof draw): Promise<string> => String(await drawPage(frame, view))

  it('[WTP9] shows the promise before the draw, and nothing that could steer it', async () => {
    const html = await page({ ...draw, drawnAt: null, seed: null, publicValue: null, root: null })
    expect(html).toContain(draw.commitment)
    for (const secret of [draw.seed, draw.publicValue]) expect(html).not.toContain(secret)
    expect(html).not.toContain(asset('draw.js'))
  })

  it('[WTP9] shows all of it afterwards, one’s own lot filled in, and the command that checks everything', async () => {
    const html = await page(draw)
    for (const fact of [draw.commitment, draw.seed, draw.publicValue, draw.algorithm.split(':')[0]])
      expect(html).toContain(fact)
    expect(html).toContain(`value="${draw.ownLot}"`)
    expect(html).toContain('npm run verify-draw -- first-light --url https://shop.example')
  })
})

describe('a drop’s page', () => {
  const page = async (more: Partial<typeof drop>): Promise<string> =>
    String(await dropPage(frame, { ...drop, ...more }))

  it('[WTP6] leads into the waiting room, back to one’s place, or to what is on offer, as one stands', async () => {
    const open = { status: 'open' as const, room: roomNow }
    const now = async (more: Partial<typeof drop>): Promise<string> =>
      (await page(more)).replace(/<template\b[\s\S]*?<\/template>/g, '')
    expect(await now({ ...open, standing: 'outside' })).toContain(
      '<form method="post" action="/drops/first-light/waiting">',
    )
    expect(await now({ ...open, standing: 'waiting' })).toContain(
      '<a class="button" href="/drops/first-light/waiting">',
    )
    expect(await now({ ...open, standing: 'inside' })).toContain('<a class="button" href="#offer">')
  })

  it('[WTP6] has a word for every state lying ready, and tells “again” from “open”', async () => {
    const html = await page({ status: 'open' })
    for (const state of ['again', 'paused', 'sold_out', 'ended'])
      expect(html).toContain(`<template data-for="${state}"`)
    expect(await page({ status: 'open', isAgain: true })).toContain('data-version="again"')
    expect(await page({ status: 'sold_out', isAgain: true })).toContain('data-version="sold_out"')
  })

  it('[WTP6] asks for a code only where one helps', async () => {
    expect(await page({ asksCode: true })).toContain('action="/drops/first-light/code"')
    expect(await page({ asksCode: false })).not.toContain('/code"')
  })
})
