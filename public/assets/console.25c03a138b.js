// Keeps a drop's board live. Words and figures are always the server's: once a second it sends the parts of the page as
// they are drawn, and those that have changed are taken over. Only the chart is drawn here. Where events do not reach us
// the page is asked again every few seconds.
import { say, takeInto } from './console-parts.ec52e716af.js'

const board = document.querySelector('[data-events]')
const MINUTES = 5
const SMOOTH = 5
const LEAST_SECONDS = 60
const PATIENCE_MS = 4_000

// The chart

const seconds = new Map()
let plot = null

function hear(told) {
  told.holds.forEach((holds, i) => {
    const known = seconds.get(told.from + i)
    // What was admitted is known only while somebody watches; what we saw ourselves is not forgotten for that.
    const admitted = told.admitted[i] ?? known?.admitted ?? null
    // The limit as it was then, as far as we have seen it.
    seconds.set(told.from + i, { admitted, holds, paid: told.paid[i], limit: known ? known.limit : told.limit })
  })
  const oldest = Math.max(...seconds.keys()) - MINUTES * 60
  for (const second of seconds.keys()) if (second <= oldest) seconds.delete(second)
}

/** Each second as the mean of the last few: single seconds jump too much to be read. */
function smooth(values) {
  return values.map((_, i) => {
    const few = values.slice(Math.max(0, i - SMOOTH + 1), i + 1).filter((value) => value !== null)
    return values[i] === null || few.length === 0 ? null : few.reduce((sum, value) => sum + value, 0) / few.length
  })
}

/** From a little before something happened: a drop that opened just now is not a sliver at the edge. */
function shownSeconds() {
  const all = [...seconds].sort(([a], [b]) => a - b)
  const first = all.findIndex(([, { holds, paid, admitted }]) => holds || paid || admitted)
  return all.slice(Math.min(first < 0 ? 0 : Math.max(0, first - 10), Math.max(0, all.length - LEAST_SECONDS)))
}

function columns() {
  const all = shownSeconds()
  const of = (name) => smooth(all.map(([, one]) => one[name]))
  return [all.map(([second]) => second), of('holds'), of('paid'), of('admitted'), all.map(([, one]) => one.limit)]
}

const colour = (name) => getComputedStyle(board).getPropertyValue(name).trim()
const two = (value) => String(value).padStart(2, '0')
const clock = (second) => {
  const at = new Date(second * 1000)
  return `${two(at.getHours())}:${two(at.getMinutes())}${at.getSeconds() ? `:${two(at.getSeconds())}` : ''}`
}

function draw() {
  const place = board.querySelector('[data-chart]')
  if (!globalThis.uPlot || !place) return
  plot?.destroy()
  const isRoom = place.dataset.chart === 'room'
  const ink = colour('--muted')
  const axis = { stroke: ink, font: '12px system-ui', ticks: { show: false } }
  const said = (_, value) => (value === null ? '–' : value.toFixed(1))
  const series = (label, name, more) => ({
    label,
    stroke: colour(name),
    width: 2.5,
    value: said,
    points: { show: false },
    ...more,
  })
  plot = new globalThis.uPlot(
    {
      width: place.clientWidth,
      height: place.clientWidth < 500 ? 190 : 290,
      cursor: { y: false, drag: { x: false, y: false } },
      legend: { show: false },
      padding: [12, 28, 0, 0],
      scales: { y: { range: (_, least, most) => [0, Math.max(1, most * 1.1)] } },
      axes: [
        { ...axis, size: 30, grid: { show: false }, space: 64, values: (_, marks) => marks.map(clock) },
        { ...axis, size: 44, grid: { stroke: colour('--line'), width: 1 } },
      ],
      series: [
        { value: (_, second) => (second === null ? '' : clock(second)) },
        series('holds', '--chart-holds', { fill: colour('--chart-holds-fill') }),
        series('paid', '--chart-paid'),
        series('admitted', '--chart-admitted', { show: isRoom }),
        series('limit', '--chart-limit', { show: isRoom, width: 1.5, dash: [6, 5] }),
      ],
    },
    columns(),
    place,
  )
}

// The stream

let heardAt = 0
function heard({ title, html, seconds: told }) {
  heardAt = Date.now()
  document.title = title
  const fresh = new DOMParser().parseFromString(html, 'text/html')
  takeInto(board, fresh.body)
  hear(JSON.parse(told))
  plot?.setData(columns())
  say('live', 'live')
}

function listen() {
  const stream = new EventSource(board.dataset.events)
  stream.addEventListener('board', (event) => heard(JSON.parse(event.data)))
  stream.addEventListener('error', () => {
    if (stream.readyState !== EventSource.CLOSED) return
    // Refused outright: the slip has ended or the key was revoked. The page itself says which.
    setTimeout(listen, 5_000)
  })
}

/** Without events, the page itself. */
async function ask() {
  const answer = await fetch(board.dataset.page, { cache: 'no-store' }).catch(() => null)
  if (answer?.redirected) return location.reload()
  if (!answer?.ok) return say('off', 'no connection')
  renew(new DOMParser().parseFromString(await answer.text(), 'text/html'), ['notice'])
  say('poll', 'every few seconds')
}

function renew(page, except = []) {
  for (const name of except) page.querySelector(`[data-part="${name}"]`)?.remove()
  document.title = page.title
  takeInto(board, page.body)
  hear(JSON.parse(page.querySelector('[data-seconds]').textContent))
  plot?.setData(columns())
}

/** Commands without leaving the page; what comes back is the page, with what was done. */
async function command(form, submitter) {
  const buttons = form.querySelectorAll('button')
  const body = new URLSearchParams(new FormData(form, submitter))
  for (const button of buttons) button.disabled = true
  try {
    const answer = await fetch(form.action, { method: 'POST', body })
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    if (!page.querySelector('[data-part="notice"]')) return location.reload()
    renew(page)
    // A new key, and the numbers as they are now: the next command is another one.
    const own = [...page.querySelectorAll('form[data-command]')].find((one) => one.action === form.action)
    if (own && answer.ok) {
      for (const input of form.querySelectorAll('input:not([type=checkbox])')) {
        input.value = own.querySelector(`[name="${input.name}"]`)?.value ?? ''
      }
    }
  } finally {
    for (const button of buttons) button.disabled = false
  }
}

if (board) {
  hear(JSON.parse(document.querySelector('[data-seconds]').textContent))
  draw()
  say('off', 'connecting')
  listen()
  setInterval(() => !document.hidden && Date.now() - heardAt > PATIENCE_MS && void ask(), 3_000)
  document.addEventListener('submit', (event) => {
    if (!event.target.matches('form[data-command]')) return
    event.preventDefault()
    void command(event.target, event.submitter)
  })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
  new ResizeObserver(() => plot?.width !== board.querySelector('[data-chart]').clientWidth && draw()).observe(board)
}
