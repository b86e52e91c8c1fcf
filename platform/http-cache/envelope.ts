/**
 * How stored responses travel through tiers that would rather interpret HTTP: as plain bytes. First the length of what is
 * said about them, then that as JSON, then their bodies one after the other. What was derived is derived again.
 */
import type { StoredResponse } from '../../domain/http-cache/stored.ts'
import { factsOf } from '../../domain/http-cache/stored.ts'

/** Changes with the shape of what is said: whoever finds another shape finds nothing. */
const SHAPE = 2

type Label = Pick<
  StoredResponse,
  'status' | 'fields' | 'requestedAt' | 'receivedAt' | 'stamp' | 'part' | 'selecting'
> & {
  bytes: number
  mustConfirm: boolean
}

export function packed(responses: readonly StoredResponse[]): Uint8Array<ArrayBuffer> {
  const labels = responses.map(
    ({ status, fields, requestedAt, receivedAt, stamp, part, selecting, body, facts }): Label => {
      const { mustConfirm } = facts
      return { status, fields, requestedAt, receivedAt, stamp, part, selecting, bytes: body.byteLength, mustConfirm }
    },
  )
  const said = new TextEncoder().encode(JSON.stringify({ shape: SHAPE, labels }))
  const whole = new Uint8Array(4 + said.byteLength + labels.reduce((sum, { bytes }) => sum + bytes, 0))
  new DataView(whole.buffer).setUint32(0, said.byteLength)
  whole.set(said, 4)
  let at = 4 + said.byteLength
  for (const { body } of responses) {
    whole.set(body, at)
    at += body.byteLength
  }
  return whole
}

/** Nothing, when it is not what was packed: a cut one, one of another shape, somebody else's. */
export function unpacked(whole: ArrayBuffer): StoredResponse[] {
  try {
    const length = new DataView(whole).getUint32(0)
    const said = JSON.parse(new TextDecoder().decode(new Uint8Array(whole, 4, length))) as {
      shape: number
      labels: Label[]
    }
    if (said.shape !== SHAPE) return []
    let at = 4 + length
    return said.labels.map(({ bytes, mustConfirm, ...label }) => {
      const body = new Uint8Array(whole, at, bytes)
      at += bytes
      return { ...label, body, facts: { ...factsOf(label), mustConfirm } }
    })
  } catch {
    return []
  }
}
