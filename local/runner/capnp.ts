/**
 * Writes workerd's configuration language (Cap'n Proto text). Only what the runner needs: values become literals,
 * objects become structs in the order of their keys, names that already are capnp words are wrapped in `word`.
 */
export type Capnp = string | number | boolean | Capnp[] | Word | { [field: string]: Capnp | undefined }

/** Something that stands in the file as it is: `.main`, `embed "index.js"`. */
export class Word {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export const word = (text: string): Word => new Word(text)
export const embed = (path: string): Word => word(`embed ${quote(path)}`)

export function capnp(value: Capnp): string {
  if (value instanceof Word) return value.text
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return `[${value.map(capnp).join(', ')}]`
  const fields = Object.entries(value).flatMap(([name, field]) =>
    field === undefined ? [] : [`${name} = ${capnp(field)}`],
  )
  return `(${fields.join(', ')})`
}

/** Cap'n Proto knows the escapes of C; what is not plain ASCII travels as UTF-8 bytes in hex. */
export function quote(text: string): string {
  const bytes = new TextEncoder().encode(text)
  let quoted = '"'
  for (const byte of bytes) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
    quoted += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return `${quoted}"`
}
