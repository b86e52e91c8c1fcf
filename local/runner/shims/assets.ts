/**
 * Static assets: what lies in public/, as the platform would serve it: content types, strong ETags, 304, the headers of
 * public/_headers. The manifest is taken when the runner starts; files are read once and kept. On the platform assets
 * are answered before the Worker runs; here `entry.js` in front of the Worker's own module looks the path up.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'
import type { ShimEnv } from './env.ts'

/** One path that is answered with a file, or with a redirect to the path that is. */
export interface Asset {
  file: string
  type: string
  etag: string
  headers: Record<string, string>
  redirect: string | null
}

const read = new Map<string, ArrayBuffer>()

export class Assets extends WorkerEntrypoint<ShimEnv, { manifest: Record<string, Asset> }> {
  override async fetch(request: Request): Promise<Response> {
    const asset = this.ctx.props.manifest[decodeURIComponent(new URL(request.url).pathname)]
    if (asset === undefined) return new Response('Not Found', { status: 404 })
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response('Method Not Allowed', { status: 405, headers: { allow: 'GET, HEAD' } })
    }
    if (asset.redirect !== null) return new Response(null, { status: 307, headers: { location: asset.redirect } })
    const headers = new Headers({
      'cache-control': 'public, max-age=0, must-revalidate',
      'content-type': asset.type,
      etag: asset.etag,
      ...asset.headers,
    })
    if (matches(request.headers.get('if-none-match'), asset.etag)) return new Response(null, { status: 304, headers })
    const body = await this.#bytes(asset.file)
    headers.set('content-length', String(body.byteLength))
    return new Response(request.method === 'HEAD' ? null : body, { headers })
  }

  async #bytes(file: string): Promise<ArrayBuffer> {
    const known = read.get(file)
    if (known !== undefined) return known
    const path = file.split('/').map(encodeURIComponent).join('/')
    const found = await this.env.PUBLIC_DISK.fetch(`http://disk/${path}`)
    if (!found.ok) throw new Error(`public/${file} has gone since the runner started (${found.status}).`)
    const bytes = await found.arrayBuffer()
    read.set(file, bytes)
    return bytes
  }
}

const matches = (asked: string | null, etag: string): boolean =>
  asked !== null && asked.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag)
