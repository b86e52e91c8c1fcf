/**
 * Where a rule asks for it, an origin's own address in an answer becomes ours: in `Location` and `Content-Location`, and
 * in the domains of cookies. Bodies are never touched.
 */
export function rewritten(response: Response, originUrl: string, publicOrigin: string): Response {
  if (response.webSocket) return response
  const { status, statusText } = response
  const headers = new Headers(response.headers)
  for (const name of ['location', 'content-location']) {
    const written = headers.get(name)
    if (written !== null) headers.set(name, ours(written, originUrl, publicOrigin))
  }
  const cookies = headers.getSetCookie()
  if (cookies.length > 0) {
    headers.delete('set-cookie')
    for (const cookie of cookies) headers.append('set-cookie', withoutDomain(cookie, new URL(originUrl).hostname))
  }
  const isBodiless = status === 204 || status === 205 || status === 304
  return new Response(isBodiless ? null : response.body, { status, statusText, headers, encodeBody: 'manual' })
}

/** An absolute address below the origin's, as an address of ours; anything else as it came. */
export function ours(written: string, originUrl: string, publicOrigin: string): string {
  if (!URL.canParse(written)) return written
  const [meant, base] = [new URL(written), new URL(originUrl)]
  const prefix = base.pathname.replace(/\/$/, '')
  if (meant.origin !== base.origin || !`${meant.pathname}/`.startsWith(`${prefix}/`)) return written
  return `${publicOrigin}${meant.pathname.slice(prefix.length) || '/'}${meant.search}${meant.hash}`
}

/** A cookie for the origin's host becomes one for the host that was asked. */
export function withoutDomain(cookie: string, hostname: string): string {
  const [pair = '', ...attributes] = cookie.split(';')
  const kept = attributes.filter((attribute) => {
    const domain = /^\s*domain\s*=\s*\.?(.*?)\s*$/i.exec(attribute)?.[1]?.toLowerCase()
    return domain === undefined || !(hostname === domain || hostname.endsWith(`.${domain}`))
  })
  return [pair, ...kept].join(';')
}
