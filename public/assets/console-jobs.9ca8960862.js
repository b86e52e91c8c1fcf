// Keeps the board of jobs, or the page of one job, live: once a second the server sends the parts as they are drawn, and
// those that have changed are taken over. Only the chart is drawn here. Without events the page is asked again.
import { say, takeInto } from './console-parts.ec52e716af.js'

const root = document.querySelector('[data-events]')
const CHART_SECONDS = 300
const NAMES = ['started', 'succeeded', 'failed']
const PATIENCE = 4_000

const counts = new Map()
let chart = null
let lastHeard = 0

/** The last minute as the server knows it; what was before, as we have seen it. */
function remember(told) {
  if (!told) return
  told.started.forEach((_, i) =>
    counts.set(told.from + i, Object.fromEntries(NAMES.map((name) => [name, told[name][i]]))),
  )
  const oldest = Math.max(...counts.keys()) - CHART_SECONDS
  for (const second of counts.keys()) if (second <= oldest) counts.delete(second)
  chart?.setData(chartData())
}

function chartData() {
  const all = [...counts].sort(([a], [b]) => a - b)
  return [all.map(([second]) => second), ...NAMES.map((name) => all.map(([, one]) => one[name]))]
}

const ink = (name) => getComputedStyle(root).getPropertyValue(name).trim()
const clockOf = (second) => new Date(second * 1000).toTimeString().slice(0, 8)

function drawChart() {
  const place = root.querySelector('[data-chart]')
  if (!globalThis.uPlot || !place) return
  chart?.destroy()
  const axis = { stroke: ink('--muted'), font: '12px system-ui', ticks: { show: false } }
  const line = (label, colour, more) => ({ label, stroke: ink(colour), width: 2, points: { show: false }, ...more })
  chart = new globalThis.uPlot(
    {
      width: place.clientWidth,
      height: place.clientWidth < 500 ? 190 : 290,
      cursor: { y: false, drag: { x: false, y: false } },
      legend: { show: false },
      padding: [12, 28, 0, 0],
      scales: { y: { range: (_, least, most) => [0, Math.max(1, most * 1.1)] } },
      axes: [
        { ...axis, size: 30, grid: { show: false }, space: 80, values: (_, marks) => marks.map(clockOf) },
        { ...axis, size: 44, grid: { stroke: ink('--line'), width: 1 } },
      ],
      series: [
        {},
        line('started', '--chart-admitted'),
        line('succeeded', '--chart-paid', { fill: ink('--chart-paid-fill') }),
        line('failed', '--chart-holds'),
      ],
    },
    chartData(),
    place,
  )
}

function takeOver({ title, html, seconds }) {
  lastHeard = Date.now()
  document.title = title
  takeInto(root, new DOMParser().parseFromString(html, 'text/html').body)
  if (seconds) remember(JSON.parse(seconds))
  say('live', 'live')
}

function follow() {
  const stream = new EventSource(root.dataset.events)
  stream.addEventListener('parts', (event) => takeOver(JSON.parse(event.data)))
  stream.addEventListener('error', () => {
    // Refused outright: the slip has ended or the key was revoked. The page itself says which.
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, 5_000)
  })
}

async function askAgain() {
  const answer = await fetch(root.dataset.page, { cache: 'no-store' }).catch(() => null)
  if (answer?.redirected) return location.reload()
  if (!answer?.ok) return say('off', 'no connection')
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  document.title = page.title
  takeInto(root, page.body)
  remember(JSON.parse(page.querySelector('[data-seconds]')?.textContent ?? 'null'))
  say('poll', 'every few seconds')
}

if (root) {
  remember(JSON.parse(document.querySelector('[data-seconds]')?.textContent ?? 'null'))
  drawChart()
  say('off', 'connecting')
  follow()
  setInterval(() => !document.hidden && Date.now() - lastHeard > PATIENCE && void askAgain(), 3_000)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawChart)
  new ResizeObserver(() => {
    const place = root.querySelector('[data-chart]')
    if (place && chart?.width !== place.clientWidth) drawChart()
  }).observe(root)
}
