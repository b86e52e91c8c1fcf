/**
 * Passes of a waiting room as they travel: one line of text that says which pass, which drop, from when until when,
 * signed with HMAC-SHA-256 for one store and one visitor. Those two are not in the text: whoever verifies knows which
 * store was asked and whose cookie came along, so a pass that was copied to somebody else is not a pass.
 *
 *     v1.<key>.<pass>.<drop>.<issued>.<until>.<signature>
 *
 * There is one way to sign, and nothing in the text chooses it: `key` only says with which of our own keys
 * (signing-keys.ts).
 */
import type { PassGranted } from '../domain/message/drop-desk.ts'
import { keyIdOf, keyOf, type SigningKeys } from './signing-keys.ts'
import { base64url, mac, sameText } from './signing.ts'

/** Whose pass it must be. */
export interface PassFor {
  storeId: string
  visitorId: string
}

export interface PassContent extends PassGranted {
  dropId: string
}

/** The same pass always reads the same. */
export async function passToken(keys: SigningKeys, whose: PassFor, pass: PassContent): Promise<string> {
  const { passId, dropId, issuedAt, expiresAt } = pass
  const key = await keyIdOf(keys.SIGNING_KEY)
  const text = ['v1', key, passId, dropId, issuedAt.toString(36), expiresAt.toString(36)].join('.')
  return `${text}.${await signatureOf(keys.SIGNING_KEY, whose, text)}`
}

const TOKEN =
  /^(v1\.([0-9a-f]{8})\.(pas_[0-7][0-9A-HJKMNP-TV-Z]{25})\.([A-Za-z0-9_-]{1,64})\.([0-9a-z]{1,9})\.([0-9a-z]{1,9}))\.([A-Za-z0-9_-]{43})$/

/** What the pass says, when it is ours, this visitor's and good at `now`; null: it is no pass. Never throws. */
export async function verifiedPass(
  keys: SigningKeys,
  whose: PassFor,
  token: string,
  now: number,
): Promise<PassContent | null> {
  const [, text, keyId, passId, dropId, issued, until, signature] = TOKEN.exec(token) ?? []
  if (!text || !keyId || !passId || !dropId || !issued || !until || !signature) return null
  const expiresAt = Number.parseInt(until, 36)
  if (now >= expiresAt) return null
  const key = await keyOf(keys, keyId)
  // As text, to the letter: base64url has several spellings of the same bytes, and only one of them is ours.
  if (key === undefined || !sameText(await signatureOf(key, whose, text), signature)) return null
  return { passId, dropId, issuedAt: Number.parseInt(issued, 36), expiresAt }
}

async function signatureOf(key: string, { storeId, visitorId }: PassFor, text: string): Promise<string> {
  return base64url(await mac(key, `pass\n${storeId}\n${visitorId}\n${text}`))
}
