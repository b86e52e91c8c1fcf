/**
 * Proof of a mailbox: a line of text that we write into a letter, so that whoever shows it has read the letter. It says
 * which mailbox (by its digest, which tells nobody the address) and until when, and is signed with HMAC-SHA-256 for one
 * store and one drop. It is bound to no visitor: a letter may be read on another device than the one that asked for it.
 *
 *     v1.<key>.<mailbox>.<until>.<signature>
 *
 * A proof may be shown twice, by two people who read the same mailbox: it has one place all the same, and whoever judges
 * the mailboxes of a room says whose that is. The signature is cut to 128 bits (RFC 2104 section 5 allows half), since
 * people copy this text by hand.
 */
import { keyIdOf, keyOf, type SigningKeys } from './signing-keys.ts'
import { base64url, mac, sameText } from './signing.ts'

/** The room that a proof opens. */
export interface ProofFor {
  storeId: string
  dropId: string
}

export interface MailboxProven {
  /** 32 hexadecimal digits: the keyed digest of the mailbox' one spelling. */
  mailbox: string
  /** ms; exclusive. */
  expiresAt: number
}

/** The same proof always reads the same. */
export async function mailboxProof(keys: SigningKeys, of: ProofFor, proven: MailboxProven): Promise<string> {
  const key = await keyIdOf(keys.SIGNING_KEY)
  const text = ['v1', key, proven.mailbox, proven.expiresAt.toString(36)].join('.')
  return `${text}.${await signatureOf(keys.SIGNING_KEY, of, text)}`
}

const TOKEN = /^(v1\.([0-9a-f]{8})\.([0-9a-f]{32})\.([0-9a-z]{1,9}))\.([A-Za-z0-9_-]{22})$/

/** The mailbox that was proven, when the token is ours, of this drop and good at `now`; null: it proves nothing. Never throws. */
export async function provenMailbox(
  keys: SigningKeys,
  of: ProofFor,
  token: string,
  now: number,
): Promise<string | null> {
  const [, text, keyId, mailbox, until, signature] = TOKEN.exec(token) ?? []
  if (!text || !keyId || !mailbox || !until || !signature) return null
  if (now >= Number.parseInt(until, 36)) return null
  const key = await keyOf(keys, keyId)
  // As text, to the letter: base64url has several spellings of the same bytes, and only one of them is ours.
  if (key === undefined || !sameText(await signatureOf(key, of, text), signature)) return null
  return mailbox
}

async function signatureOf(key: string, { storeId, dropId }: ProofFor, text: string): Promise<string> {
  return base64url((await mac(key, `mailbox proof\n${storeId}\n${dropId}\n${text}`)).subarray(0, 16))
}
