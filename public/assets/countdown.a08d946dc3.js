// Keeps every countdown on the page right by the server's clock, also those that come later, and says when one ends.
const exact = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'short' }
const rough = { ...exact, second: undefined, day: 'numeric', month: 'short' }
let ahead = 0 // how far the server's clock is ahead of this browser's, in ms

async function setClock() {
  const asked = Date.now()
  try {
    const answer = await fetch('/clock', { cache: 'no-store' })
    const heard = Date.now()
    if (answer.ok) ahead = Number(await answer.text()) + (heard - asked) / 2 - heard
  } catch {
    const counter = document.querySelector('[data-countdown]')
    if (ahead === 0 && counter) ahead = Number(counter.dataset.now) - asked // what the page said will do
  }
}

/** Instants in the reader's own zone; an exact one of today without its date. */
function sayInstant(time) {
  const at = new Date(time.dateTime)
  const isExact = 'exact' in time.dataset && Math.abs(at - Date.now()) < 43_200_000
  time.textContent = new Intl.DateTimeFormat(time.dataset.local, isExact ? exact : rough).format(at)
  time.dataset.said = ''
}

function show(counter) {
  const left = Math.max(0, Math.ceil((Number(counter.dataset.countdown) - Date.now() - ahead) / 1000))
  const parts = {
    days: Math.floor(left / 86400),
    hours: Math.floor(left / 3600) % 24,
    min: Math.floor(left / 60) % 60,
    sec: left % 60,
  }
  for (const digit of counter.querySelectorAll('[data-unit]')) {
    const text = String(parts[digit.dataset.unit]).padStart(2, '0')
    if (digit.textContent !== text) digit.textContent = text
  }
  counter.classList.toggle('countdown-soon', left > 0 && left <= 60)
  if (left === 0 && !counter.dataset.over) end(counter)
}

function end(counter) {
  counter.dataset.over = 'yes'
  counter.dispatchEvent(new CustomEvent('over', { bubbles: true }))
  // A little chance, so that everybody who waits for the same instant does not ask in the same millisecond.
  if (counter.dataset.atEnd === 'reload') setTimeout(() => location.reload(), 150 + Math.random() * 1200)
}

function tick() {
  for (const time of document.querySelectorAll('time[data-local]:not([data-said])')) sayInstant(time)
  for (const counter of document.querySelectorAll('[data-countdown]')) show(counter)
  setTimeout(tick, 1000 - ((Date.now() + ahead) % 1000))
}

if (document.querySelector('[data-countdown]')) await setClock()
tick()
document.addEventListener('visibilitychange', () => document.hidden || setClock())
