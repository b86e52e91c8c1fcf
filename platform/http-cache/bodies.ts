/**
 * Bodies on their way to the store. Raw bytes throughout: what the origin encoded stays encoded. A body that is shorter
 * than was announced, or breaks off, is never whole (RFC 9111 section 3.3).
 */

/** What one stored response may weigh; larger bodies pass through unkept. */
export const STORED_BYTES_MAX = 8 * 1024 * 1024

/** Announced to be this small, a body is read before anything is promised: a break can still be answered for. */
const READ_FIRST_BYTES = 64 * 1024

/** The announced length; null: not announced, or not a number. */
export function announcedLength(response: Response): number | null {
  const field = response.headers.get('content-length')
  return field !== null && /^\d{1,15}$/.test(field) ? Number(field) : null
}

export const isReadFirst = (response: Response): boolean => {
  const length = announcedLength(response)
  return response.body === null || (length !== null && length <= READ_FIRST_BYTES)
}

/** All of a body. Rejects when it breaks off or is not as long as announced. */
export async function wholeBody(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const body = new Uint8Array(await response.arrayBuffer())
  const length = announcedLength(response)
  if (length !== null && response.body !== null && length !== body.byteLength) {
    throw new Error(`The origin announced ${length} bytes and sent ${body.byteLength}.`)
  }
  return body
}

export interface Teed {
  /** For the visitor. It ends only after `whole` has settled, so who has seen its end finds it stored. */
  stream: ReadableStream<Uint8Array>
  /** Resolves when everything is over. `keep` has been called by then, if the body was whole and not too large. */
  over: Promise<boolean>
}

/**
 * The body for the visitor and, when it is whole, for `keep`. Reads on when the visitor leaves, and as fast as the origin
 * sends until more has come than is ever kept; from there on only as fast as the visitor reads.
 */
export function teed(response: Response, keep: (body: Uint8Array<ArrayBuffer>) => void): Teed {
  const length = announcedLength(response)
  const pipe = length === null ? new IdentityTransformStream() : new FixedLengthStream(length)
  return { stream: pipe.readable, over: pump(response, pipe.writable.getWriter(), length, keep) }
}

async function pump(
  response: Response,
  visitor: WritableStreamDefaultWriter<Uint8Array>,
  length: number | null,
  keep: (body: Uint8Array<ArrayBuffer>) => void,
): Promise<boolean> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  let isListening = true
  const gone = (): void => void (isListening = false)
  visitor.closed.catch(gone)
  const reader = response.body!.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      bytes += value.byteLength
      const isKept = bytes <= STORED_BYTES_MAX
      if (isKept) chunks.push(value)
      else chunks.length = 0
      // With its last announced byte the visitor has it all: it must be stored before.
      if (isKept && bytes === length) keep(joined(chunks, bytes))
      const written = isListening ? visitor.write(value).catch(gone) : undefined
      if (isKept) continue
      await written
      if (!isListening) return await reader.cancel().then(() => false)
    }
  } catch (cause) {
    await visitor.abort(cause).catch(gone)
    return false
  }
  const isWhole = bytes <= STORED_BYTES_MAX && (length === null || length === bytes)
  if (isWhole && length === null) keep(joined(chunks, bytes))
  await visitor.close().catch(gone)
  return isWhole
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(bytes)
  let at = 0
  for (const chunk of chunks) {
    body.set(chunk, at)
    at += chunk.byteLength
  }
  return body
}
