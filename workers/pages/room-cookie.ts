/**
 * In which waiting rooms this browser has a place: slugs in a cookie, so that a drop's page can lead back to it without
 * asking anybody. It proves nothing; the place itself belongs to the visitor.
 */
import { isSlug } from '../../domain/catalog/slug.ts'
import type { Asked } from '../context.ts'
import { readCookie, sendCookie } from '../cookies.ts'

const ROOM_COOKIE = 'onrush_rooms'
const ROOMS_MAX = 4
/** Drops are announced weeks before they open; a hint may be gone by then, the place is not. */
const ROOMS_S = 30 * 24 * 60 * 60

export const roomsJoined = (c: Asked): string[] =>
  (readCookie(c.req.raw.headers, ROOM_COOKIE) ?? '').split('.').filter(isSlug).slice(0, ROOMS_MAX)

export function rememberRoom(c: Asked, slug: string): void {
  const known = roomsJoined(c)
  if (known[0] === slug) return
  const slugs = [slug, ...known.filter((other) => other !== slug)].slice(0, ROOMS_MAX)
  sendCookie(c, ROOM_COOKIE, slugs.join('.'), ROOMS_S)
}
