/**
 * Signatures that this deployment makes and checks itself: visitor cookies, order secrets, links to documents.
 * HMAC-SHA-256 over a purpose and a text, cut to 128 bits (RFC 2104 section 5 allows half). The purpose keeps a
 * signature made for one thing from opening another.
 */
const keys = new Map<string, Promise<CryptoKey>>()
const utf8 = new TextEncoder()
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export type Purpose =
  | 'visitor'
  | 'new-visitor'
  | 'order'
  | 'document'
  | 'invitation'
  | 'basket'
  | 'console'
  | 'experiment'

/** 22 letters of base64url. The same key, purpose and text always sign alike. */
export async function sign(signingKey: string, purpose: Purpose, text: string): Promise<string> {
  return base64url((await mac(signingKey, `${purpose}\n${text}`)).subarray(0, 16))
}

/** Whether the signature is ours; takes the same time for every wrong one. */
export async function isSigned(
  signingKey: string,
  purpose: Purpose,
  text: string,
  signature: string,
): Promise<boolean> {
  return sameText(await sign(signingKey, purpose, text), signature)
}

/** All 32 bytes, for ids that are derived rather than drawn. */
export async function mac(signingKey: string, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', await keyFor(signingKey), utf8.encode(text)))
}

/** SHA-256 in hexadecimal. */
export async function digest(bytes: BufferSource | string): Promise<string> {
  const data = typeof bytes === 'string' ? utf8.encode(bytes) : bytes
  let hex = ''
  for (const byte of new Uint8Array(await crypto.subtle.digest('SHA-256', data))) hex += HEX[byte]!
  return hex
}

function keyFor(signingKey: string): Promise<CryptoKey> {
  let key = keys.get(signingKey)
  if (!key) {
    const bytes = utf8.encode(signingKey)
    key = crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    keys.set(signingKey, key)
  }
  return key
}

/** Compares without stopping at the first difference. */
export function sameText(expected: string, given: string): boolean {
  let difference = expected.length ^ given.length
  for (let i = 0; i < expected.length; i++) difference |= expected.charCodeAt(i) ^ given.charCodeAt(i)
  return difference === 0
}

export const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
