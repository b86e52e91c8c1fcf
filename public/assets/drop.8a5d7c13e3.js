// Keeps what a page says of a drop true to the second: asks for its small number at the pace that comes with it. What
// the drop says in its other states lies in the page as templates, so a change shows at once and asks for nothing more.
const part = document.querySelector('[data-live]')
let told = part?.dataset.version
let wake = () => {}

const within = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const sleep = (ms) => Promise.race([within(ms), new Promise((resolve) => (wake = resolve))])

async function ask() {
  for (let pause = 1000; ;) {
    await sleep(pause)
    if (document.hidden) continue
    const answer = await fetch(part.dataset.now, { cache: 'no-store' }).catch(() => null)
    const now = answer?.ok ? await answer.json().catch(() => null) : null
    // The pace is the server's; without an answer, slower each time.
    pause = now
      ? now.poll_after_ms + Math.random() * (now.jitter_ms ?? 250)
      : Math.min(15_000, Math.max(500, pause) * 2)
    if (now) hear(now)
  }
}

function hear(now) {
  const version = now.status === 'open' && now.again_available ? 'again' : now.status
  const isMoved = version === 'scheduled' && Date.parse(now.opens_at) !== Number(part.dataset.opensAt)
  if (version === told && !isMoved) return
  told = version
  const ready = document.querySelector(`template[data-for="${version}"]`)
  if (ready) {
    part.replaceChildren(ready.content.cloneNode(true))
    part.dataset.version = version
  }
  void renew().catch(() => {})
}

/** The rest of the page follows a little later, and not from everybody at once. */
async function renew() {
  await within(1000 + Math.random() * 3000)
  const answer = await fetch(location.href, { headers: { accept: 'text/html' }, cache: 'no-store' })
  if (!answer.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  // What the page knows may be a moment older than what we were told.
  if (page.querySelector('[data-live]')?.dataset.version !== told) return
  for (const old of document.querySelectorAll('[data-live]')) {
    const fresh = page.querySelector(`[data-live="${old.dataset.live}"]`)
    if (!fresh) continue
    Object.assign(old.dataset, fresh.dataset)
    old.replaceChildren(...fresh.childNodes)
  }
  document.title = page.title
}

if (part) {
  document.addEventListener('visibilitychange', () => document.hidden || wake())
  // A little chance, so that everybody who waits for the same instant does not ask in the same millisecond.
  document.addEventListener('over', () => setTimeout(() => wake(), Math.random() * 500))
  void ask()
}
