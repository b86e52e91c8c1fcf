/** The cache: its figures, and the two things to do with it by hand. */
import { createRoute, z } from '@hono/zod-openapi'
import { isSlug } from '../../../domain/catalog/slug.ts'
import { cacheStats, pathsOfDrop, purge, warm, type Door } from '../../cache-desk.ts'
import { CacheStats, PurgeRequest, Warmed, WarmRequest } from '../../cache-schemas.ts'
import { privateJson, refused } from '../../replies.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { needs, takes } from './operating.ts'

const tags = ['Operating the shop']

/** @param door how an address of the shop is asked for from inside. */
export function cacheKeeping(door: Door) {
  const cache = router()

  answer(
    cache,
    createRoute({
      method: 'get',
      path: '/cache/stats',
      tags,
      summary: 'See what the cache does',
      description:
        'Of the isolate that answers, since it woke: each has a memory of its own. `latest`: what was read there last.',
      ...needs('catalog:read'),
      responses: { 200: json(CacheStats, 'The figures.'), ...problems(401, 403, 429, 503) },
    }),
    (c) => privateJson(c, cacheStats(c)),
  )

  answer(
    cache,
    createRoute({
      method: 'post',
      path: '/cache/purge',
      tags,
      summary: 'Say that something has changed',
      description:
        'Copies with these tags, of these keys, or all, are not used again: here at once, everywhere within two seconds. Safe to repeat. Your writes do this by themselves.',
      ...needs('catalog:write'),
      ...takes(PurgeRequest),
      responses: {
        200: json(z.object({ purged: z.literal(true) }), 'Every shard of the epochs has counted it.'),
        ...problems(400, 401, 403, 413, 415, 429, 503),
      },
    }),
    async (c) => {
      await purge(c, c.req.valid('json'))
      return privateJson(c, { purged: true })
    },
  )

  answer(
    cache,
    createRoute({
      method: 'post',
      path: '/cache/warm',
      tags,
      summary: 'Warm pages before a crowd comes',
      description:
        'Asks for these addresses, or for all that a drop’s crowd will ask for, and puts the copies into KV, from where every data centre takes them. Safe to repeat.',
      ...needs('catalog:write'),
      ...takes(WarmRequest),
      responses: { 200: json(Warmed, 'What was asked for.'), ...problems(400, 401, 403, 404, 413, 415, 429, 503) },
    }),
    async (c) => {
      const { paths, drop } = c.req.valid('json')
      if (drop === undefined) return privateJson(c, await warm(c, paths ?? [], door))
      if (!isSlug(drop)) return refused(c, { code: 'drop_not_found', drop })
      const ofDrop = await pathsOfDrop(c, drop)
      return ofDrop.ok ? privateJson(c, await warm(c, ofDrop.value, door)) : refused(c, ofDrop.refusal)
    },
  )

  return cache
}
