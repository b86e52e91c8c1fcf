/**
 * How a drop stands, as server-sent events: whoever waits in its room is told instead of asking. Each event is the whole
 * of what `GET …/now` says, so a missed one costs nothing and none has an id; it comes when something has changed, and
 * every few seconds for a sign that somebody is still there.
 *
 * Nobody is asked for whoever listens: all streams of an isolate share one look a quarter of a second, and that is made of
 * the same copy as every other answer (ROM14). A stream costs memory and a timer, which is less than the questions that it
 * saves; so under load new ones are refused first, and those that are open are kept to their end.
 *
 * Whoever is refused, or where `ROOM_STREAMS` is `off`, asks: the page does so by itself whenever it is not told anything
 * (public/assets/waiting-told.js). A plan that counts the processor's milliseconds of a request has no room for a stream.
 */
import { Seats } from '../domain/load/seats.ts'
import { isLetInToListen, reducedCapacity } from '../domain/load/priorities.ts'
import { pollingOf } from '../domain/room/outlook.ts'
import { SingleFlight } from '../platform/cache/single-flight.ts'
import type { Asked } from './context.ts'
import { loadOf } from './middleware/load/index.ts'
import { OF_STREAMS, refused } from './replies.ts'
import { dropNowOut, nowFromFacts } from './room-wire.ts'
import { dropFacts, dropNow } from './room.ts'

/** What an isolate has memory for beside its work: some 30 kB each. */
const STREAMS_MOST = 500
/** Then the client comes back by itself; a stream that never ended would outlive deploys. Not all at once. */
const STREAM_MS = { least: 4 * 60_000, spread: 60_000 }
const COME_BACK_MS = { least: 500, spread: 2_500 }
/** A sign of life, so that a page which hears nothing knows that it has to ask: more often where it may all be over soon. */
const HEARTBEAT_MS = { ordinary: 5_000, quick: 1_000 }
const QUICK_BELOW_MS = 1_000
/** However rarely pages would ask: whoever listens hears of a pause within a few seconds. */
const LOOK_EVERY_MOST_MS = 2_000
const LOOK_GOOD_FOR_MS = 250
/** A reader that takes nothing for so long has gone, or is too slow to be told anything new. */
const READER_PATIENCE_MS = 15_000

/** By the bindings that they lead to, as the gates are: an isolate has one set of them. */
const seatsOf = new WeakMap<Env, Seats>()

/** How many may listen in one isolate; 0: streams are switched off. */
export function streamsMost(env: Pick<Env, 'ROOM_STREAMS'>): number {
  if (env.ROOM_STREAMS === 'off') return 0
  return /^\d{1,5}$/.test(env.ROOM_STREAMS) ? Number(env.ROOM_STREAMS) : STREAMS_MOST
}

/** The stream; 204, which tells EventSource not to come back, where there are none; or a refusal, when there is much to do. */
export function roomEvents(c: Asked, slug: string): Response {
  const most = streamsMost(c.env)
  if (most === 0) return new Response(null, { status: 204 })
  if (c.req.method === 'HEAD') return new Response(null, { headers: OF_STREAMS })
  const seats = seatsOf.get(c.env) ?? new Seats(most, 2 * READER_PATIENCE_MS)
  seatsOf.set(c.env, seats)
  const { clock, random } = c.var.visit
  const seat = isLetInToListen(loadOf(c.env)) ? seats.take(clock.now()) : null
  if (seat === null) return refused(c, reducedCapacity(random.fraction()))
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const telling = tell(c, slug, () => seats.keep(seat, clock.now()), writable.getWriter())
  c.executionCtx.waitUntil(telling.finally(() => seats.leave(seat)))
  return new Response(readable, { headers: OF_STREAMS })
}

async function tell(
  c: Asked,
  slug: string,
  stillHere: () => void,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  const { clock, random } = c.var.visit
  const encoder = new TextEncoder()
  const say = (lines: string): Promise<void> => taken(writer.write(encoder.encode(`${lines}\n\n`)))
  const drawn = ({ least, spread }: { least: number; spread: number }): number =>
    Math.round(least + spread * random.fraction())
  const end = clock.now() + drawn(STREAM_MS)
  try {
    await say(`retry: ${drawn(COME_BACK_MS)}`)
    let told = { news: '', at: 0 }
    while (clock.now() < end) {
      stillHere()
      // While nobody can say how it stands nothing is said: the page asks, and hears why.
      const look = await lookAt(c, slug).catch(() => null)
      const heartbeatMs = look && look.paceMs < QUICK_BELOW_MS ? HEARTBEAT_MS.quick : HEARTBEAT_MS.ordinary
      if (look && (look.news !== told.news || clock.now() >= told.at + heartbeatMs)) {
        await say(`event: now\ndata: ${look.text}`)
        told = { news: look.news, at: clock.now() }
      }
      const pauseMs = (look?.paceMs ?? LOOK_EVERY_MOST_MS) * (0.75 + random.fraction() / 2)
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
    await writer.close()
  } catch (gone) {
    await writer.abort(gone).catch(() => undefined) // the reader closed the page; there is nobody to tell
  }
}

interface Look {
  text: string
  /** The text without what changes with every look and means nothing. */
  news: string
  paceMs: number
  madeAt: number
}

const looks = new Map<string, Look>()
const flights = new SingleFlight<Look | null>()

/** One look for all who listen in this isolate. Null: there is no such drop any more. */
async function lookAt(c: Asked, slug: string): Promise<Look | null> {
  const { storeId, clock } = c.var.visit
  const name = `${storeId} ${slug}`
  const known = looks.get(name)
  if (known && clock.now() < known.madeAt + LOOK_GOOD_FOR_MS) return known
  const bring = async (): Promise<Look | null> => {
    const look = await lookNow(c, slug)
    if (look) looks.set(name, look)
    else looks.delete(name)
    return look
  }
  const { value } = await flights.fly(name, bring, (flight) => c.executionCtx.waitUntil(flight))
  return value
}

async function lookNow(c: Asked, slug: string): Promise<Look | null> {
  const found = await dropFacts(c, slug)
  if (!found) return null
  const { clock } = c.var.visit
  const now = (await dropNow(c, found.drop.id)) ?? nowFromFacts(found.drop, clock.now())
  const out = dropNowOut(now, found.drop)
  return {
    text: JSON.stringify(out),
    news: JSON.stringify({ ...out, server_time: null }),
    paceMs: Math.min(pollingOf(now).pollAfterMs, LOOK_EVERY_MOST_MS),
    madeAt: clock.now(),
  }
}

/** Rejects when the reader takes nothing any more. */
async function taken(writing: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the reader takes nothing any more')), READER_PATIENCE_MS)
  })
  try {
    await Promise.race([writing, late])
  } finally {
    clearTimeout(timer)
  }
}
