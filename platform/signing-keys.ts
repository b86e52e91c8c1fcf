/**
 * Which of our own keys signed a token. The token says it by an id made from the key itself, so a rotation is one step:
 * the new key becomes SIGNING_KEY, the old one joins RETIRED_SIGNING_KEYS until the last token signed with it is over.
 */
import { digest } from './signing.ts'

export interface SigningKeys {
  SIGNING_KEY: string
  /** Keys that sign no more but are still believed, separated by white space. */
  RETIRED_SIGNING_KEYS?: string
}

/** The key with this id, or undefined: it is none of ours, or not any more. */
export async function keyOf(keys: SigningKeys, keyId: string): Promise<string | undefined> {
  const { SIGNING_KEY, RETIRED_SIGNING_KEYS = '' } = keys
  for (const key of [SIGNING_KEY, ...RETIRED_SIGNING_KEYS.split(/\s+/).filter(Boolean)]) {
    if ((await keyIdOf(key)) === keyId) return key
  }
  return undefined
}

const keyIds = new Map<string, Promise<string>>()

/** Eight hexadecimal digits that tell nothing about the key. */
export function keyIdOf(key: string): Promise<string> {
  let id = keyIds.get(key)
  if (!id) {
    id = digest(`pass key\n${key}`).then((hex) => hex.slice(0, 8))
    keyIds.set(key, id)
  }
  return id
}
