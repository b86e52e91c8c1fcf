// What the console's live pages share: taking over parts that the server has drawn anew, and saying how they are kept new.
const link = document.querySelector('[data-link]')

/** Takes over the parts that have changed; open details stay open, and nobody's input is touched. */
export function takeInto(root, fresh) {
  for (const part of fresh.querySelectorAll('[data-part]')) {
    const known = root.querySelector(`[data-part="${part.dataset.part}"]`)
    if (!known) continue
    const open = new Set([...known.querySelectorAll('details[open]')].map((one) => one.dataset.key))
    for (const details of part.querySelectorAll('details')) if (open.has(details.dataset.key)) details.open = true
    const isTyping = known.contains(document.activeElement) && document.activeElement.matches('input')
    if (known.isEqualNode(part) || isTyping) continue
    const focused = known.contains(document.activeElement) ? document.activeElement.closest('[data-key]') : null
    known.replaceWith(part)
    if (focused) part.querySelector(`[data-key="${focused.dataset.key}"] summary`)?.focus()
  }
}

export function say(state, words) {
  link.dataset.link = state
  link.querySelector('[data-link-words]').textContent = words
}
