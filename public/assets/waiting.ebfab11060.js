// The waiting room, live: is told the drop's small number or asks for it, at the pace that comes with it, and compares it
// with one's own position. Words are always the server's: they lie in the page as a template when they concern everybody, and are
// fetched when they are only about this place. Nothing is kept here that a reload or a closed tab could lose.
import { ask, listen } from './waiting-told.6e4bd206ae.js'

const telling = document.querySelector('[data-told]')
const icon = document.querySelector('link[rel=icon]')
const plainIcon = icon?.href
let room = document.querySelector('[data-room]')
let wake = () => {}

/** Where this place stands, as workers/pages/waiting-state.ts works it out. */
export function stateOf({ status, room: line }, { mine, position }) {
  if (status === 'ended' || status === 'paused') return status
  if (status === 'sold_out' || line.phase === 'closed') return 'sold_out'
  if (mine === 'outside') return line.phase === 'before' ? 'outside_before' : 'outside_after'
  if (mine !== 'waiting') return mine
  if (!position) return line.phase === 'before' ? 'draw' : line.phase === 'drawing' ? 'drawing' : 'drawn'
  return Number(position) <= line.admitted_through ? 'turn' : 'line'
}

const within = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function wait() {
  let pause = Number(room.dataset.poll)
  let jitter = Number(room.dataset.jitter)
  let told = null
  let isDone = true
  const isTold = listen(room.dataset.events, (now) => wake((told = now)))
  for (let missed = 0; ;) {
    const soon = within(pause + Math.random() * jitter)
    const why = told ?? (await Promise.race([soon, new Promise((resolve) => (wake = resolve))]))
    if (!why && isDone && isTold()) continue
    const now = told ?? (await ask(room.dataset.now))
    told = null
    missed = now ? 0 : missed + 1
    // The pace is the server's; without an answer, slower each time.
    pause = now?.room ? now.room.poll_after_ms : Math.min(15_000, 1.5 * Math.max(700, pause))
    jitter = now?.room?.jitter_ms ?? jitter
    if (now?.room) await hear(now, jitter).catch(() => {})
    // A page that was fetched may know less than what was told: then nothing new is waited for.
    isDone = !now?.room || stateOf(now, room.dataset) === room.dataset.state
    room.querySelector('[data-shown] [data-offline]')?.classList.toggle('said', missed > 1)
  }
}

async function hear(now, jitter) {
  const state = stateOf(now, room.dataset)
  const ready = room.querySelector(`template[data-for="${state}"]`)
  const isSame = state === room.dataset.state
  // Who came late is let in by name, and an opening may be moved: only the page can say it.
  const isMoved = Date.parse(now.opens_at) !== Number(room.dataset.opensAt)
  if (isSame && (state === 'next' || isMoved)) return within(Math.random() * jitter).then(renew)
  // Estimates age. Each halving of the line is told by the server again, which is a dozen times in the longest one.
  const ahead = room.dataset.position - 1 - now.room?.admitted_through
  if (isSame && state === 'line' && ahead * 2 < room.dataset.aheadThen) await renew()
  if (!isSame && ready) {
    room.querySelector('[data-shown]').replaceChildren(ready.content.cloneNode(true))
    room.querySelector('[data-next]').hidden = true
    shown(state, ready.dataset.title)
  } else if (!isSame) {
    // Many hear of the draw in the same moment; of their turn, only those whose turn it is.
    if (state !== 'turn') await within(Math.random() * jitter)
    await renew()
  }
  room.dispatchEvent(new CustomEvent('now', { bubbles: true, detail: now }))
}

async function renew() {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' }, cache: 'no-store' })
  if (!answer.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const fresh = page.querySelector('[data-room]')
  if (!fresh) return
  const was = room.dataset.state
  room.replaceWith(fresh)
  room = fresh
  if (was !== room.dataset.state) shown(room.dataset.state, page.title)
}

/** Told in the tab, in its picture, and to whoever listens. */
function shown(state, title) {
  room.dataset.state = state
  document.title = title
  telling.textContent = room.querySelector('h1').textContent
  if (icon) icon.href = state === 'turn' ? room.dataset.turnIcon : plainIcon
}

if (room) {
  const look = () => wake('look')
  addEventListener('online', look)
  addEventListener('pageshow', look)
  document.addEventListener('visibilitychange', () => document.hidden || look())
  document.addEventListener('over', () => setTimeout(room.dataset.state === 'turn' ? renew : look, Math.random() * 700))
  void wait()
}
