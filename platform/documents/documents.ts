/**
 * Documents in R2, addressed by what they say: the same receipt is the same document, however often it is made. A
 * document is written once and never changed; whoever comes second finds it there (`if-none-match: *`, which R2 decides
 * atomically).
 */
import { Fault } from '../fault.ts'

export interface Documents {
  /** Keeps the document under its id unless one is there already. Safe to repeat. */
  keep(id: string, content: Uint8Array, type: string): Promise<void>
  find(id: string): Promise<Found | null>
}

export interface Found {
  type: string
  bytes: number
  /** Strong, with its quotes. */
  etag: string
  /** When it was written, in ms. */
  keptAt: number
  /** Its bytes, or those from `first` to `last`, both counted. */
  open(part?: { first: number; last: number }): Promise<ReadableStream>
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

  async find(id: string): Promise<Found | null> {
    const object = await this.#bucket.head(keyOf(id))
    if (!object) return null
    return {
      type: object.httpMetadata?.contentType ?? 'application/octet-stream',
      bytes: object.size,
      etag: object.httpEtag,
      keptAt: object.uploaded.getTime(),
      open: (part) => this.#open(id, part),
    }
  }

  async #open(id: string, part?: { first: number; last: number }): Promise<ReadableStream> {
    const range = part && { offset: part.first, length: part.last - part.first + 1 }
    const object = await this.#bucket.get(keyOf(id), range === undefined ? {} : { range })
    if (!object) throw new Fault('a document has gone between being found and being read')
    return object.body
  }
}

const keyOf = (id: string): string => `documents/${id}`
