/** Addresses are compared and never kept: nobody can read from a room who is in it. */
import type { Asked } from './context.ts'
import { mac } from './signing.ts'

/** 32 hexadecimal digits that only we can make of a text. */
export async function secretDigest(c: Asked, text: string): Promise<string> {
  const bytes = await mac(c.env.SIGNING_KEY, `room ${c.var.visit.storeId}\n${text}`)
  return [...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** What a drop's room knows of a mailbox, given in its one spelling (domain/room/identity.ts). */
export const mailboxDigest = (c: Asked, dropId: string, mailbox: string): Promise<string> =>
  secretDigest(c, `mailbox ${dropId} ${mailbox}`)
