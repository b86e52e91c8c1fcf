/**
 * How workerd's R2 binding speaks: GET carries its question as JSON in `cf-r2-request` (head, get, list); PUT carries
 * it in front of its body, `cf-r2-metadata-size` bytes long (put, delete). Answers come the same way: a JSON block of
 * that size, then the object's bytes; a refusal is a status and JSON in `cf-r2-error`, whose code the runtime reads.
 */

export interface Etag {
  type: 'strong' | 'weak' | 'wildcard'
  value?: string
}

/** Dates are milliseconds since the epoch, as text or number. */
export interface Conditions {
  etagMatches?: Etag[]
  etagDoesNotMatch?: Etag[]
  uploadedBefore?: string | number
  uploadedAfter?: string | number
  secondsGranularity?: boolean
}

export interface AskedRange {
  offset?: string | number
  length?: string | number
  suffix?: string | number
}

type Hashes = { md5?: string; sha1?: string; sha256?: string; sha384?: string; sha512?: string }

export type Question =
  | { method: 'head'; object: string }
  | { method: 'get'; object: string; range?: AskedRange; rangeHeader?: string; onlyIf?: Conditions }
  | {
      method: 'list'
      limit?: number
      prefix?: string
      cursor?: string
      delimiter?: string
      startAfter?: string
      include?: number[]
    }
  | ({
      method: 'put'
      object: string
      customFields?: { k: string; v: string }[]
      httpFields?: Record<string, string>
      onlyIf?: Conditions
    } & Hashes)
  | { method: 'delete'; object?: string; objects?: string[] }
  | { method: 'createMultipartUpload' | 'uploadPart' | 'completeMultipartUpload' | 'abortMultipartUpload' }

/** What is kept of an object beside its bytes; `customFields` and `httpFields` in the shape of the wire. */
export interface ObjectFacts {
  name: string
  version: string
  size: number
  etag: string
  uploaded: number
  httpFields: Record<string, string>
  customFields: { k: string; v: string }[]
  checksums: Record<string, string>
}

export const R2_REFUSALS = {
  noSuchKey: { status: 404, v4code: 10007, message: 'The specified key does not exist.' },
  keyTooLong: { status: 400, v4code: 10020, message: 'The specified object name is not valid.' },
  metadataTooLarge: { status: 400, v4code: 10012, message: 'The custom metadata is larger than allowed.' },
  badDigest: { status: 400, v4code: 10037, message: 'A checksum does not match what was received.' },
  preconditionFailed: { status: 412, v4code: 10031, message: 'At least one of the pre-conditions did not hold.' },
  badRange: { status: 416, v4code: 10039, message: 'The requested range is not satisfiable.' },
  badLimit: { status: 400, v4code: 10022, message: 'A list has 1 to 1000 keys.' },
  notHere: { status: 501, v4code: 10004, message: 'Multipart uploads have no local stand-in.' },
} as const

export type R2Refusal = keyof typeof R2_REFUSALS

export async function readQuestion(request: Request): Promise<{ question: Question; body: Uint8Array }> {
  const header = request.headers.get('cf-r2-request')
  if (request.method === 'GET' && header !== null) return { question: parse(header), body: new Uint8Array() }
  const bytes = new Uint8Array(await request.arrayBuffer())
  const size = Number(request.headers.get('cf-r2-metadata-size'))
  return { question: parse(new TextDecoder().decode(bytes.subarray(0, size))), body: bytes.slice(size) }
}

const parse = (text: string): Question => JSON.parse(text)

/** A JSON block, and behind it the bytes of an object where they were asked for. */
export function answer(block: unknown, body: Uint8Array = new Uint8Array()): Response {
  const head = new TextEncoder().encode(JSON.stringify(block))
  const whole = new Uint8Array(head.byteLength + body.byteLength)
  whole.set(head)
  whole.set(body, head.byteLength)
  return new Response(whole, {
    headers: { 'cf-r2-metadata-size': String(head.byteLength), 'content-type': 'application/json' },
  })
}

/** `facts` ride along with a failed pre-condition: the binding then returns the object without its body. */
export function refuse(refusal: R2Refusal, facts?: ObjectFacts): Response {
  const { status, v4code, message } = R2_REFUSALS[refusal]
  const error = { 'cf-r2-error': JSON.stringify({ version: 1, v4code, message }) }
  if (facts === undefined) return new Response(null, { status, headers: error })
  const head = new TextEncoder().encode(JSON.stringify({ ...facts, range: { offset: 0, length: facts.size } }))
  return new Response(head, { status, headers: { ...error, 'cf-r2-metadata-size': String(head.byteLength) } })
}
