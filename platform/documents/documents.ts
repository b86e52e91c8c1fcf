/**
 * Documents in R2, addressed by what they say: the same receipt is the same document, however often it is made. A
 * document is written once and never changed; whoever comes second finds it there (`if-none-match: *`, which R2 decides
 * atomically).
 */
export interface Documents {
  /** Keeps the document under its id unless one is there already. Safe to repeat. */
  keep(id: string, content: Uint8Array, type: string): Promise<void>
  find(id: string): Promise<{ content: ReadableStream; type: string; bytes: number; etag: string } | null>
}

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const ID_LETTERS = 26

/** `doc_` and the first 128 bits of the SHA-256 of what the document says, in the letters of our other ids. */
export async function documentIdFor(said: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(said)))
  let bits = 0n
  for (const byte of digest.subarray(0, 16)) bits = (bits << 8n) | BigInt(byte)
  let text = ''
  for (let i = 0; i < ID_LETTERS; i++, bits >>= 5n) text = LETTERS[Number(bits & 31n)]! + text
  return `doc_${text}`
}

export class R2Documents implements Documents {
  readonly #bucket: R2Bucket

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket
  }

  async keep(id: string, content: Uint8Array, type: string): Promise<void> {
    // Null says that it was there already, which is as good.
    await this.#bucket.put(keyOf(id), content, {
      onlyIf: new Headers({ 'if-none-match': '*' }),
      httpMetadata: { contentType: type },
    })
  }

  async find(id: string): ReturnType<Documents['find']> {
    const object = await this.#bucket.get(keyOf(id))
    if (!object) return null
    const type = object.httpMetadata?.contentType ?? 'application/octet-stream'
    return { content: object.body, type, bytes: object.size, etag: object.httpEtag }
  }
}

const keyOf = (id: string): string => `documents/${id}`
