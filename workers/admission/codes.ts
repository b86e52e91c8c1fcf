/** Invitation codes at the door: their digests, and those of ours made anew from their batch. */
import { CODE_BYTES, codeFrom } from '../../domain/invitation/code.ts'
import { digest, mac } from '../signing.ts'

/** Under which a code is kept and found: of the drop and the code in its one spelling (domain/invitation/code.ts). */
export const digestOfCode = (storeId: string, dropId: string, plain: string): Promise<string> =>
  digest(`invitation\n${storeId}\n${dropId}\n${plain}`)

/** One HMAC has 32 bytes. */
const CODES_A_THROW = Math.floor(32 / CODE_BYTES)

/**
 * The codes of a batch from a position on. Derived from the batch's id and the deployment's key, so that they need not be
 * kept and can still be told again; under another key they would be others.
 */
export async function codesOfBatch(
  signingKey: string,
  { storeId, batchId, from, count }: { storeId: string; batchId: string; from: number; count: number },
): Promise<string[]> {
  const first = Math.floor(from / CODES_A_THROW)
  const last = Math.floor((from + count - 1) / CODES_A_THROW)
  const throws = await Promise.all(
    Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
      mac(signingKey, `invitation-codes\n${storeId}\n${batchId}\n${first + i}`),
    ),
  )
  const codes = throws.flatMap((bytes) =>
    Array.from({ length: CODES_A_THROW }, (_, i) => codeFrom(bytes.subarray(i * CODE_BYTES, (i + 1) * CODE_BYTES))),
  )
  const skipped = from - first * CODES_A_THROW
  return codes.slice(skipped, skipped + count)
}
