/**
 * E-mail: each letter becomes files in the mail folder, the `.json` last, so that whoever sees it finds the rest.
 * `<instant>-<id>.json` holds the whole letter; `.txt` and `.html` beside it are there to be opened by hand;
 * attachments lie there under their own names. Takes the builder form of send() only, as the product uses it.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'
import type { ShimEnv } from './env.ts'

const RECIPIENTS_MAX = 50
const BYTES_MAX = 5 * 1024 * 1024

interface Address {
  email: string
  name?: string
}

interface Letter {
  from: string | Address
  to: string | Address | (string | Address)[]
  cc?: string | Address | (string | Address)[]
  bcc?: string | Address | (string | Address)[]
  replyTo?: string | Address
  subject: string
  text?: string
  html?: string
  headers?: Record<string, string>
  attachments?: {
    filename: string
    type: string
    disposition?: string
    content: string | ArrayBuffer | ArrayBufferView
  }[]
}

export class Mail extends WorkerEntrypoint<ShimEnv> {
  /** Writes the letter down. Throws, like the platform, on what it would not send. */
  async send(letter: Letter): Promise<{ messageId: string }> {
    const recipients = [letter.to, letter.cc ?? [], letter.bcc ?? []].flat()
    if (recipients.length === 0 || recipients.length > RECIPIENTS_MAX) {
      throw new Error(`A letter has 1 to ${RECIPIENTS_MAX} recipients.`)
    }
    for (const address of [letter.from, ...recipients]) {
      if (!emailOf(address).includes('@')) throw new Error(`This is not an address: ${emailOf(address)}`)
    }
    if (typeof letter.subject !== 'string') throw new Error('A letter has a subject.')
    if (letter.text === undefined && letter.html === undefined) throw new Error('A letter says something.')
    const files = (letter.attachments ?? []).map((attached) => ({ ...attached, bytes: bytesOf(attached.content) }))
    const size = files.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
    if (size > BYTES_MAX) throw new Error(`A letter has at most ${BYTES_MAX} bytes.`)

    const name = `${new Date().toISOString().replaceAll(':', '-')}-${crypto.randomUUID().slice(0, 8)}`
    const messageId = `<${name}@${emailOf(letter.from).split('@')[1] ?? 'localhost'}>`
    for (const { filename, bytes } of files) await this.#write(`${name}-${plain(filename)}`, bytes)
    if (letter.text !== undefined) await this.#write(`${name}.txt`, letter.text)
    if (letter.html !== undefined) await this.#write(`${name}.html`, letter.html)
    const attachments = files.map(({ filename, type, bytes }) => ({
      filename,
      type,
      bytes: bytes.byteLength,
      file: `${name}-${plain(filename)}`,
    }))
    await this.#write(`${name}.json`, `${JSON.stringify({ message_id: messageId, ...letter, attachments }, null, 2)}\n`)
    return { messageId }
  }

  async #write(file: string, content: string | Uint8Array): Promise<void> {
    const written = await this.env.MAIL_DISK.fetch(`http://disk/${file}`, { method: 'PUT', body: content })
    if (!written.ok) throw new Error(`The mail folder does not take ${file}: ${written.status}`)
  }
}

const emailOf = (address: string | Address): string =>
  typeof address === 'string' ? (/<([^>]+)>/.exec(address)?.[1] ?? address) : address.email

const plain = (filename: string): string => filename.replaceAll(/[^\w.-]+/g, '_').replace(/^\.+/, '')

/** A string is base64, as in the platform's builder. */
function bytesOf(content: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof content === 'string') return Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))
  if (content instanceof ArrayBuffer) return new Uint8Array(content)
  return new Uint8Array(content.buffer, content.byteOffset, content.byteLength)
}
