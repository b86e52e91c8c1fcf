/**
 * Makes a merchant's HTML safe to put into a page: a short list of tags, hardly an attribute, everything balanced.
 *
 * An allow-list that writes each tag anew, never the input's own: what is not understood comes out as text or not at
 * all. Idempotent, so text may pass through it at import and again at an edit. It makes HTML safe between tags; it does
 * not make text safe inside an attribute or a script.
 */

const KEPT = new Set(
  'p br hr b strong i em u s small sub sup ul ol li blockquote h2 h3 h4 h5 h6 table thead tbody tr th td code pre a'.split(
    ' ',
  ),
)
const VOID = new Set(['br', 'hr'])
/** Tags whose text is not meant for readers. */
const SILENT = new Set([
  'script',
  'style',
  'template',
  'noscript',
  'iframe',
  'object',
  'svg',
  'math',
  'head',
  'title',
  'textarea',
  'xmp',
])
/** What stands for a tag we do not keep: a page has one h1 already, and a div is a paragraph. */
const INSTEAD: Record<string, string> = { h1: 'h2', div: 'p', section: 'p', article: 'p' }
/** Deep nesting is a way to make browsers slow. */
const DEPTH_MAX = 20

export const HTML_LENGTH_MAX = 100_000

export function safeHtml(html: string): string {
  let out = ''
  const open: string[] = []
  const tokens = /<!--[\s\S]*?(?:-->|$)|<![^>]*>|<\?[^>]*>|<(\/?)([a-zA-Z][a-zA-Z0-9-]*)((?:"[^"]*"|'[^']*'|[^'">])*)>/g
  let at = 0
  for (let token = tokens.exec(html); token; token = tokens.exec(html)) {
    out += text(html.slice(at, token.index))
    at = tokens.lastIndex
    const name = token[2]?.toLowerCase()
    if (name === undefined) continue
    if (SILENT.has(name)) {
      if (token[1] === '') at = tokens.lastIndex = endOf(html, name, at)
      continue
    }
    const tag = INSTEAD[name] ?? name
    if (!KEPT.has(tag)) continue
    out += token[1] === '/' ? close(tag, open) : begin(tag, token[3] ?? '', open)
  }
  out += text(html.slice(at))
  while (open.length > 0) out += `</${open.pop()}>`
  return out.replace(/<p>\s*<\/p>/g, '').trim()
}

/** The same words without any tags, for a line of meta data or a mail. */
export const plainText = (html: string): string =>
  safeHtml(html)
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(lt|gt|quot|#39|nbsp|amp);/g, (_, name: string) => ENTITIES[name]!)
    .replace(/\s+/g, ' ')
    .trim()

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ', amp: '&' }

/** Text between tags. References that are there stay; a lone `&` and every angle bracket become references. */
const text = (raw: string): string =>
  raw
    .replace(/\0/g, '')
    .replace(/&(?!(?:[a-zA-Z][a-zA-Z0-9]{1,30}|#\d{1,7}|#x[0-9a-fA-F]{1,6});)/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')

function begin(tag: string, attributes: string, open: string[]): string {
  if (VOID.has(tag)) return `<${tag}>`
  if (open.length >= DEPTH_MAX) return ''
  // A paragraph ends where the next block begins, as in a browser.
  let before = ''
  if (open.at(-1) === 'p' && BLOCKS.has(tag)) before = `</${open.pop()}>`
  open.push(tag)
  const href = tag === 'a' ? safeHref(attributes) : null
  return `${before}<${tag}${href === null ? '' : ` href="${href}" rel="nofollow noopener"`}>`
}

const BLOCKS = new Set('p ul ol blockquote h2 h3 h4 h5 h6 table pre'.split(' '))

/** Closes what was opened since, so that tags always nest; a closing tag that nothing opened is dropped. */
function close(tag: string, open: string[]): string {
  if (!open.includes(tag)) return ''
  let out = ''
  for (let last = open.pop(); last !== undefined; last = open.pop()) {
    out += `</${last}>`
    if (last === tag) break
  }
  return out
}

/** Only links whose scheme is plainly harmless; anything that needs decoding to be judged is not. */
function safeHref(attributes: string): string | null {
  const found = /(?:^|\s)href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(attributes)
  const href = (found?.[1] ?? found?.[2] ?? found?.[3] ?? '').trim().replace(/&amp;/g, '&')
  if (!/^(https?:\/\/|mailto:|\/(?!\/))[\w\-./?=&%#+:@,~!*()]*$/i.test(href)) return null
  return href.replace(/&/g, '&amp;')
}

function endOf(html: string, name: string, from: number): number {
  const closing = new RegExp(`</${name}\\s*>`, 'gi')
  closing.lastIndex = from
  return closing.exec(html) ? closing.lastIndex : html.length
}
