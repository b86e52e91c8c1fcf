/** A copy of an answer, as every tier keeps it, and how it travels through tiers that know nothing but bytes. */
import type { Aged } from '../../domain/freshness/freshness.ts'

export interface Copy extends Aged {
  status: number
  contentType: string
  body: Uint8Array<ArrayBuffer>
  /** Strong: a digest of the body. */
  etag: string
  /** How long it took to make, in ms. */
  tookMs: number
}

interface Label extends Omit<Copy, 'body'> {
  /** What it answers, so that no mix-up of addresses ever becomes a mix-up of answers. */
  key: string
}

const NEW_LINE = 10

/** One line of JSON that says what it is, then the body as it is. */
export function sealed(key: string, { body, ...rest }: Copy): Uint8Array<ArrayBuffer> {
  const label = new TextEncoder().encode(`${JSON.stringify({ ...rest, key } satisfies Label)}\n`)
  const bytes = new Uint8Array(label.length + body.length)
  bytes.set(label)
  bytes.set(body, label.length)
  return bytes
}

/** The copy, when these bytes are one of this key; whatever else they are is nothing. */
export function unsealed(key: string, bytes: Uint8Array<ArrayBuffer>): Copy | null {
  const end = bytes.indexOf(NEW_LINE)
  if (end < 0) return null
  const label = labelFrom(new TextDecoder().decode(bytes.subarray(0, end)))
  if (label === null || label.key !== key) return null
  const { key: _, ...rest } = label
  return { ...rest, body: bytes.subarray(end + 1) }
}

function labelFrom(text: string): Label | null {
  try {
    const label = JSON.parse(text) as Partial<Label> | null
    const isWhole =
      typeof label?.status === 'number' &&
      typeof label.contentType === 'string' &&
      typeof label.etag === 'string' &&
      typeof label.readAt === 'number' &&
      typeof label.lifetimeMs === 'number' &&
      Array.isArray(label.tags) &&
      Array.isArray(label.stamp?.versions)
    return isWhole ? (label as Label) : null
  } catch {
    return null
  }
}
