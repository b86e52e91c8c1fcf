import type { IncomingMessage } from 'node:http'
import { assert } from '../../domain/basics/assert.ts'

/** The whole body, or undefined as soon as it is known to be over `maxBytes`. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return undefined
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    assert(Buffer.isBuffer(chunk), 'a request without an encoding gives buffers')
    size += chunk.length
    if (size > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
