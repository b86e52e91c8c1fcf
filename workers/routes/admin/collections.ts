/** Collections for operators. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Collection as CollectionValue, CollectionDraft } from '../../../domain/catalog/product.ts'
import { isSlug, slugFor } from '../../../domain/catalog/slug.ts'
import {
  findCollection,
  listCollections,
  putCollection,
  removeCollection,
} from '../../../platform/postgres/collections.ts'
import { Collection } from '../../catalog-schemas.ts'
import { collectionOut } from '../../catalog-wire.ts'
import type { Asked } from '../../context.ts'
import { privateJson, refused } from '../../replies.ts'
import { ImageUrl, Slug, text } from '../../schemas.ts'
import { database, reading } from '../../sessions.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { markup } from './markup.ts'
import { afterCatalogWrite, birth, needs, needsOnce, takes } from './operating.ts'

export const collections = router()
const tags = ['Operating the catalog']
const params = z.object({ id: z.string().max(200).openapi({ description: 'The collection’s id or slug.' }) })

const OperatorCollection = Collection.extend({ position: z.int(), version: z.int() }).openapi('OperatorCollection')

const CollectionWrite = z
  .strictObject({
    slug: Slug.optional(),
    title: text(300),
    description_html: z.string().max(20_000).optional(),
    image_url: ImageUrl.or(z.literal('')).optional(),
    position: z.int().min(0).max(1_000_000).optional(),
  })
  .openapi('CollectionWrite')

answer(
  collections,
  createRoute({
    method: 'get',
    path: '/collections',
    tags,
    summary: 'List collections, empty ones too',
    ...needs('catalog:read'),
    responses: {
      200: json(z.object({ data: z.array(OperatorCollection), next_cursor: z.null() }), 'In the shop’s order.'),
      ...problems(401, 403, 503),
    },
  }),
  async (c) => {
    const all = await listCollections(await reading(c), c.var.visit.storeId, { withEmpty: true })
    return privateJson(c, { data: all.map(operatorCollectionOut), next_cursor: null })
  },
)

answer(
  collections,
  createRoute({
    method: 'post',
    path: '/collections',
    tags,
    summary: 'Make a collection',
    ...needsOnce('catalog:write'),
    ...takes(CollectionWrite),
    responses: { 201: json(OperatorCollection, 'Made.'), ...problems(400, 401, 403, 409, 413, 415, 422, 503) },
  }),
  (c) => written(c, c.req.valid('json'), null),
)

answer(
  collections,
  createRoute({
    method: 'get',
    path: '/collections/{id}',
    tags,
    summary: 'See a collection',
    ...needs('catalog:read'),
    request: { params },
    responses: { 200: json(OperatorCollection, 'The collection.'), ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const found = await findCollection(await reading(c), c.var.visit.storeId, id)
    return found
      ? privateJson(c, operatorCollectionOut(found))
      : refused(c, { code: 'collection_not_found', collection: id })
  },
)

answer(
  collections,
  createRoute({
    method: 'put',
    path: '/collections/{id}',
    tags,
    summary: 'Rewrite a collection',
    ...needs('catalog:write'),
    request: { params, ...takes(CollectionWrite).request },
    responses: { 200: json(OperatorCollection, 'Rewritten.'), ...problems(400, 401, 403, 404, 409, 413, 415, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const existing = await newest(c, id)
    if (!existing) return refused(c, { code: 'collection_not_found', collection: id })
    return written(c, c.req.valid('json'), existing.id)
  },
)

answer(
  collections,
  createRoute({
    method: 'delete',
    path: '/collections/{id}',
    tags,
    summary: 'Take a collection away; its products stay. Safe to repeat',
    ...needs('catalog:write'),
    request: { params },
    responses: { 204: { description: 'Gone.' }, ...problems(401, 403, 503) },
  }),
  async (c) => {
    const existing = await newest(c, c.req.valid('param').id)
    if (existing) {
      const writer = database(c).write()
      await removeCollection(writer, c.var.visit.storeId, existing.id)
      await afterCatalogWrite(c, writer, {
        action: 'collection.removed',
        subject: existing.id,
        facts: { slug: existing.slug },
      })
    }
    return new Response(null, { status: 204, headers: { 'cache-control': 'private, no-store' } })
  },
)

const newest = (c: Asked, id: string): Promise<CollectionValue | null> =>
  findCollection(database(c).read('primary'), c.var.visit.storeId, id)

async function written(c: Asked, write: z.infer<typeof CollectionWrite>, id: string | null): Promise<Response> {
  const draft: CollectionDraft = {
    slug: write.slug ?? slugFor(write.title),
    title: write.title,
    description: markup(write.description_html ?? ''),
    imageUrl: write.image_url ?? '',
    position: write.position ?? 0,
  }
  if (!isSlug(draft.slug)) {
    const problem = 'A slug is words of a-z and 0-9 joined by single dashes.'
    return refused(c, { code: 'invalid_request', errors: [{ pointer: '/slug', problem }] })
  }
  const writer = database(c).write()
  const put = await putCollection(writer, c.var.visit.storeId, draft, { ...birth(c), ...(id === null ? {} : { id }) })
  if (!put.ok) return refused(c, put.refusal)
  await afterCatalogWrite(c, writer, {
    action: `collection.${put.value.outcome}`,
    subject: put.value.id,
    facts: { slug: draft.slug },
  })
  const made = await newest(c, put.value.id)
  if (!made) return refused(c, { code: 'collection_not_found', collection: put.value.id })
  const out = operatorCollectionOut(made)
  return id === null
    ? privateJson(c, out, 201, { location: `/api/v1/admin/collections/${put.value.id}` })
    : privateJson(c, out)
}

const operatorCollectionOut = (collection: CollectionValue): z.infer<typeof OperatorCollection> => ({
  ...collectionOut(collection),
  position: collection.position,
  version: collection.version,
})
