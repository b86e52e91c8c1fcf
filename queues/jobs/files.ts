/**
 * What jobs keep beside their rows, in R2: payloads too long for a row, by their digest, and the files that they make, in
 * parts. A part is written whole under its number, so writing it twice writes it once.
 */
import { Fault } from '../../platform/fault.ts'
import { digest } from '../../platform/signing.ts'

/** A payload up to here lies in its job's row, and fits into one message of ours with room for all else. */
export const PAYLOAD_BYTES_IN_ROW = 96_000
/** And no payload is longer than this. */
export const PAYLOAD_BYTES_MAX = 1_000_000

export class JobFiles {
  readonly #bucket: R2Bucket

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket
  }

  /** Lays a payload aside and answers its key, which ends in its SHA-256. Safe to repeat. */
  async keepPayload(storeId: string, payload: string): Promise<string> {
    const key = `jobs/payloads/${storeId}/${await digest(payload)}`
    await this.#bucket.put(key, payload, { httpMetadata: { contentType: 'application/json' } })
    return key
  }

  /** The payload under that key. Throws a Fault where it is gone, or is not what was kept. */
  async payload(key: string): Promise<string> {
    const object = await this.#bucket.get(key)
    if (!object) throw new Fault('a payload that was laid aside is not there')
    const text = await object.text()
    if (!key.endsWith(`/${await digest(text)}`)) throw new Fault('a payload that was laid aside has changed')
    return text
  }

  /** Writes one part of the file that a job makes; parts count from 1. Safe to repeat. */
  async keepPart(file: string, part: number, content: Uint8Array | string, contentType: string): Promise<void> {
    await this.#bucket.put(partKey(file, part), content, { httpMetadata: { contentType } })
  }

  /** Keeps a whole file as one part and answers its SHA-256. Safe to repeat. */
  async keepWhole(file: string, content: Uint8Array): Promise<string> {
    await this.#bucket.put(partKey(file, 1), content)
    return digest(content)
  }

  /** The file from its beginning, its parts one after the other. Throws a Fault where one is gone. */
  async *read(file: string, parts: number): AsyncGenerator<Uint8Array> {
    for (let part = 1; part <= parts; part++) {
      const object = await this.#bucket.get(partKey(file, part))
      if (!object) throw new Fault(`part ${part} of a job's file is not there`)
      yield* object.body as unknown as AsyncIterable<Uint8Array>
    }
  }

  async putAway(file: string): Promise<void> {
    await this.#bucket.delete(partKey(file, 1))
  }
}

/** The name of the file that a job makes. */
export const fileOf = (storeId: string, jobId: string): string => `jobs/files/${storeId}/${jobId}`

const partKey = (file: string, part: number): string => `${file}/${String(part).padStart(5, '0')}`
