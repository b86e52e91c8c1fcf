// Replaces the live part of an order's page when the order has changed, told by server-sent events. The page itself
// stays the only place that says how things look.
const part = document.querySelector('[data-live]')

async function renew() {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' }, cache: 'no-store' })
  if (!answer.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const fresh = page.querySelector('[data-live]')
  if (!fresh || fresh.dataset.version === part.dataset.version) return
  part.replaceChildren(...fresh.childNodes)
  part.dataset.version = fresh.dataset.version
  document.title = page.title
  if (fresh.hasAttribute('data-final')) part.setAttribute('data-final', '')
}

const soon = (ms) => new Promise((resolve) => setTimeout(resolve, ms / 2 + Math.random() * ms))

async function follow() {
  const stream = new EventSource(part.dataset.events)
  const heard = async () => {
    await renew().catch(() => {})
    if (part.hasAttribute('data-final')) stream.close()
  }
  for (const kind of ['message', 'order', 'status']) stream.addEventListener(kind, heard)
  // Where events do not reach us at all, ask now and then.
  while (!part.hasAttribute('data-final')) {
    await soon(stream.readyState === EventSource.OPEN ? 15_000 : 3_000)
    if (!document.hidden) await heard()
  }
  stream.close()
}

if (part?.dataset.events && !part.hasAttribute('data-final')) void follow()
