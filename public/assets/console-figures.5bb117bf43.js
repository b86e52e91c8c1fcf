// Keeps the figures of a page of the console new: the page is asked again every few seconds, and what the server draws anew
// is taken over. A form is no figure, so nobody loses what they type. Without a script the page is as it was loaded.
const FIGURES_EVERY_MS = 5_000

async function renewFigures() {
  const answer = await fetch(location.href, { cache: 'no-store' }).catch(() => null)
  // The slip has ended or the key was revoked: the page itself says which.
  if (answer?.redirected) return location.reload()
  if (!answer?.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const fresh of page.querySelectorAll('[data-figures]')) {
    const known = document.querySelector(`[data-figures="${fresh.dataset.figures}"]`)
    if (known && !known.isEqualNode(fresh)) known.replaceWith(fresh)
  }
}

setInterval(() => !document.hidden && void renewFigures(), FIGURES_EVERY_MS)
