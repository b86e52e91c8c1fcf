/** The cache's figures and commands, as the API says them. */
import { z } from '@hono/zod-openapi'
import { Instant } from './schemas.ts'

const Tier = z.object({ hits: z.int(), stale: z.int(), misses: z.int(), hit_rate: z.number().nullable() })

export const CacheStats = z
  .object({
    of: z.object({ isolate: z.string(), data_centre: z.string().nullable() }).openapi({
      description:
        'Whose figures these are: one isolate’s, the one that happened to answer. Only answers of the same isolate may be compared; nobody adds them up.',
    }),
    counted_since: Instant,
    entries: z.int(),
    bytes: z.int(),
    said_ready: z
      .int()
      .openapi({ description: 'Answers given from memory before a request was looked at any closer.' }),
    tiers: z.object({ memory: Tier, data_centre: Tier, world: Tier }),
    loads: z.int().openapi({ description: 'Questions that went to a database or an object.' }),
    load_faults: z.int(),
    collapsed: z.int().openapi({ description: 'Readers who were given what another had asked for.' }),
    outdated: z.int().openapi({ description: 'Copies found out of date by their tags.' }),
    stood_in: z.int().openapi({ description: 'Copies given because the database was away or slow.' }),
    epochs: z.object({
      bound_ms: z.int(),
      shards: z.array(z.object({ version: z.int().nullable(), tags: z.int(), age_ms: z.int().nullable() })),
      asked: z.int(),
      in_vain: z.int(),
      from_neighbours: z.int(),
    }),
    propagation: z.array(z.object({ up_to_ms: z.int().nullable(), count: z.int() })).openapi({
      description:
        'From a change’s commit until this isolate knew, of changes made while it was listening, or at most the bound before.',
    }),
    latest: z.array(
      z.object({
        key: z.string(),
        status: z.int(),
        bytes: z.int(),
        age_ms: z.int(),
        lifetime_ms: z.int(),
        tags: z.array(z.string()),
        is_fresh: z.boolean(),
      }),
    ),
  })
  .openapi('CacheStats')

const names = (most: number) => z.array(z.string().min(1).max(most)).max(100)

export const PurgeRequest = z
  .strictObject({
    tags: names(200).optional().openapi({ description: 'As `Cache-Groups` or `latest` of the statistics name them.' }),
    keys: names(2000).optional().openapi({
      description: 'As `latest` of the statistics names them; of an existing shop’s pages, their path and query.',
    }),
    everything: z.literal(true).optional(),
  })
  .refine(({ tags, keys, everything }) => everything === true || (tags?.length ?? 0) + (keys?.length ?? 0) > 0, {
    message: 'must name tags or keys, or say everything',
  })
  .openapi('CachePurgeRequest')

/** Addresses that anybody may ask for, and nothing else: a path that goes elsewhere is refused. */
const PATH = /^\/(?:$|(?:api\/v1\/)?(?:products|collections|drops)(?:\/[a-z0-9-]{1,200}){0,2}(?:\?[\w=&%+.-]{0,500})?$)/

export const WarmRequest = z
  .strictObject({
    paths: z.array(z.string().regex(PATH, 'must be the path of a public page or answer')).min(1).max(100).optional(),
    drop: z.string().max(200).optional().openapi({ description: 'Its slug: everything that its crowd will ask for.' }),
  })
  .refine(({ paths, drop }) => (paths === undefined) !== (drop === undefined), {
    message: 'must name paths or a drop',
  })
  .openapi('CacheWarmRequest')

export const Warmed = z
  .object({
    warmed: z.int().openapi({ description: 'Answered with 200.' }),
    answers: z.array(z.object({ path: z.string(), status: z.int() })),
    spread: z.int().openapi({ description: 'Copies put into KV for the rest of the world.' }),
  })
  .openapi('CacheWarmed')
