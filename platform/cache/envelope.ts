/**
 * How copies travel through tiers that would rather interpret HTTP: as a plain 200 of bytes, with what they really are
 * in one header (Cache API) or in metadata (KV). Keys of ours become addresses of a host that does not exist.
 */
import type { Copy } from './memory.ts'

interface Label {
  s: number
  t: string
  e: string
  r: number
}

const LABEL = 'x-onrush-copy'

const labelOf = ({ status, contentType, etag, readAt }: Copy): Label => ({
  s: status,
  t: contentType,
  e: etag,
  r: readAt,
})

function copyFrom(label: unknown, body: ArrayBuffer): Copy | null {
  const { s, t, e, r } = (label ?? {}) as Partial<Label>
  if (typeof s !== 'number' || typeof t !== 'string' || typeof e !== 'string' || typeof r !== 'number') return null
  return { status: s, contentType: t, etag: e, readAt: r, body: new Uint8Array(body) }
}

export const addressOf = (origin: string, key: string): string => `${origin}/.onrush-cache/${encodeURIComponent(key)}`

/** For the Cache API. */
export const sealed = (copy: Copy, lifetimeSeconds: number): Response =>
  new Response(copy.body, {
    headers: {
      'content-type': 'application/octet-stream',
      'cache-control': `public, max-age=${lifetimeSeconds}`,
      [LABEL]: JSON.stringify(labelOf(copy)),
    },
  })

export async function unsealed(response: Response): Promise<Copy | null> {
  return copyFrom(JSON.parse(response.headers.get(LABEL) ?? 'null'), await response.arrayBuffer())
}

/** For KV: the bytes as value, the label as metadata (1 kB at most, and ours is a tenth of it). */
export async function putOnShelf(shelf: KVNamespace, key: string, copy: Copy, lifetimeSeconds: number): Promise<void> {
  await shelf.put(shelfKey(key), copy.body, { metadata: labelOf(copy), expirationTtl: lifetimeSeconds })
}

export async function takeFromShelf(shelf: KVNamespace, key: string): Promise<Copy | null> {
  const { value, metadata } = await shelf.getWithMetadata(shelfKey(key), 'arrayBuffer')
  return value ? copyFrom(metadata, value) : null
}

/** KV keys have 512 bytes. Longer ones are rare (a search with many filters) and simply have no copy to fall back on. */
const shelfKey = (key: string): string => key.slice(0, 480)
