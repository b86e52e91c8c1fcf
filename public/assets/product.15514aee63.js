// Keeps price and availability in step with the chosen variant, and guards the button until a drop opens.
const form = document.querySelector('[data-product]')
const button = form?.querySelector('[data-reserve]')

form?.addEventListener('change', ({ target }) => {
  if (target.name !== 'sku' || !target.dataset.words) return
  form.querySelector('p[data-price]').textContent = target.dataset.price
  const band = form.querySelector('p[data-band]')
  // What the whole drop says (a pause, sold out) is true of each of its variants.
  const { version = 'open' } = band.closest('[data-live]')?.dataset ?? {}
  if (version !== 'open' && version !== 'scheduled') return
  band.textContent = target.dataset.words
  band.className = `band band-${target.dataset.band}`
})

// A second press while the first is under way changes nothing: the form's key says so to the server as well.
form?.addEventListener('submit', () => {
  button.setAttribute('aria-busy', 'true')
  setTimeout(() => (button.disabled = true))
})
addEventListener('pageshow', () => {
  if (!button) return
  button.removeAttribute('aria-busy')
  button.disabled = form.hasAttribute('data-waits')
})

form?.addEventListener('over', () => {
  form.removeAttribute('data-waits')
  button.disabled = false
  button.focus({ preventScroll: true })
})
