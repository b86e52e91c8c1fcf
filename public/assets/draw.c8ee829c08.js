// Draws again, in this browser, with nothing but what was published: the seed must fit its fingerprint, the lots theirs,
// and the lot that was asked for must come out in the position that was published (domain/room/draw.ts says how).
const form = document.querySelector('[data-draw]')
const result = document.querySelector('[data-result]')
const words = form?.dataset

const hexOf = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))
const digest = async (hex) => hexOf(await crypto.subtle.digest('SHA-256', bytesOf(hex)))
const number = (count) => new Intl.NumberFormat(document.documentElement.lang).format(count)

/** The published list, page by page. */
async function published() {
  const positions = new Map()
  for (let cursor = ''; cursor !== null;) {
    const answer = await fetch(`${words.entries}${cursor && `?cursor=${encodeURIComponent(cursor)}`}`)
    if (!answer.ok) throw new Error(`${answer.status}`)
    const { data, next_cursor } = await answer.json()
    for (const { lot, position } of data) positions.set(lot, position)
    cursor = next_cursor
  }
  return positions
}

/**
 * The verdict on one lot: `found`, or what is wrong. `given` is what the drop has published, in hexadecimal; the public
 * value is the digest of all lots in ascending order.
 */
export async function checked(lot, given, positions) {
  const lots = [...positions.keys()].toSorted()
  const fits =
    (await digest(given.seed)) === given.commitment &&
    (await digest(lots.join(''))) === given.root &&
    given.root === given.publicValue
  if (!fits) return { verdict: 'broken' }
  if (!positions.has(lot)) return { verdict: 'notFound' }
  const mix = await digest(given.seed + given.publicValue)
  const own = await digest(mix + lot)
  let position = 1
  for (let i = 0; i < lots.length; i += 1000) {
    const keys = await Promise.all(lots.slice(i, i + 1000).map((other) => digest(mix + other)))
    position += keys.filter((key) => key < own).length
  }
  const told = positions.get(lot)
  return { verdict: position === told ? 'found' : 'differs', position, published: told, count: lots.length }
}

function tell(name, facts = {}) {
  result.textContent = words[name].replace(/\{(\w+)\}/g, (_, fact) => number(facts[fact]))
  result.dataset.tone = name === 'found' ? 'good' : name === 'checking' ? '' : 'bad'
}

form?.addEventListener('submit', async (event) => {
  event.preventDefault()
  const lot = new FormData(form).get('lot').trim().toLowerCase()
  try {
    const positions = await published()
    tell('checking', { count: positions.size })
    const { verdict, ...facts } = await checked(lot, words, positions)
    tell(verdict, facts)
  } catch {
    tell('failed')
  }
})
