/**
 * Read-your-writes at the door: the session's token comes in a cookie or in `Onrush-Bookmark`, decides which database
 * may answer, and goes out again after a write (platform/postgres).
 */
import { databaseOf, type Database } from '../platform/postgres/database.ts'
import type { Reader } from '../platform/postgres/reading.ts'
import { TOKEN_LIFETIME_MS, type Session } from '../platform/postgres/session-token.ts'
import type { Writer } from '../platform/postgres/writing.ts'
import { BOOKMARK_COOKIE, readCookie, sendCookie } from './cookies.ts'
import type { Asked } from './context.ts'

export const database = (c: Asked): Database => databaseOf(c.env)

export const sessionOf = (c: Asked): Promise<Session> =>
  database(c).session(c.req.header('onrush-bookmark') ?? readCookie(c.req.raw.headers, BOOKMARK_COOKIE))

/** Reads that see what this session wrote. */
export const reading = async (c: Asked): Promise<Reader> => database(c).read(await sessionOf(c))

/** Tells the session how far its writes got, in a header and (for browsers) a cookie. */
export async function leaveBookmark(c: Asked, writer: Writer): Promise<void> {
  const bookmark = await writer.bookmark(await sessionOf(c))
  if (bookmark === null) return
  c.var.visit.bookmark = bookmark
  if (!c.var.visit.isApi) sendCookie(c, BOOKMARK_COOKIE, bookmark, TOKEN_LIFETIME_MS / 1000)
}
