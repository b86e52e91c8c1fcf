/** Products for operators: list, make, rewrite, change, take away. A product is put whole, with its variants. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Product } from '../../../domain/catalog/product.ts'
import { findProductForOperator, listProducts } from '../../../platform/postgres/products.ts'
import { putProduct, removeProduct } from '../../../platform/postgres/product-writes.ts'
import { pageOut } from '../../catalog-wire.ts'
import type { Asked } from '../../context.ts'
import { privateJson, refused } from '../../replies.ts'
import { page } from '../../schemas.ts'
import { database, reading } from '../../sessions.ts'
import { ProductListQuery, productQueryIn } from '../catalog.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { afterCatalogWrite, birth, named, needs, needsOnce, takes } from './operating.ts'
import {
  OperatorCard,
  OperatorProduct,
  ProductChange,
  ProductWrite,
  draftOf,
  mistakesIn,
  operatorCardOut,
  operatorProductOut,
  writeOf,
  type Write,
} from './product-wire.ts'

export const products = router()
const tags = ['Operating the catalog']
const params = z.object({ id: z.string().max(200).openapi({ description: 'The product’s id or slug.' }) })

answer(
  products,
  createRoute({
    method: 'get',
    path: '/products',
    tags,
    summary: 'List products, drafts and archived ones too',
    ...needs('catalog:read'),
    request: { query: ProductListQuery },
    responses: { 200: json(page(OperatorCard), 'A page of products.'), ...problems(400, 401, 403, 503) },
  }),
  async (c) => {
    const query = productQueryIn(c.req.valid('query'), 'any')
    const listed = await listProducts(await reading(c), c.var.visit.storeId, query)
    return listed.ok ? privateJson(c, pageOut(listed.value, operatorCardOut)) : refused(c, listed.refusal)
  },
)

answer(
  products,
  createRoute({
    method: 'post',
    path: '/products',
    tags,
    summary: 'Make a product',
    ...needsOnce('catalog:write'),
    ...takes(ProductWrite),
    responses: { 201: json(OperatorProduct, 'Made.'), ...problems(400, 401, 403, 409, 413, 415, 422, 503) },
  }),
  (c) => written(c, c.req.valid('json'), null),
)

answer(
  products,
  createRoute({
    method: 'get',
    path: '/products/{id}',
    tags,
    summary: 'See a product',
    ...needs('catalog:read'),
    request: { params },
    responses: { 200: json(OperatorProduct, 'The product.'), ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const product = await findProductForOperator(await reading(c), c.var.visit.storeId, id)
    return product
      ? privateJson(c, operatorProductOut(product))
      : refused(c, { code: 'product_not_found', product: id })
  },
)

answer(
  products,
  createRoute({
    method: 'put',
    path: '/products/{id}',
    tags,
    summary: 'Rewrite a product as a whole',
    description: 'What is left out is gone, but for the units in stock: `stock` opens the account of a new SKU only.',
    ...needs('catalog:write'),
    request: { params, ...takes(ProductWrite).request },
    responses: { 200: json(OperatorProduct, 'Rewritten.'), ...problems(400, 401, 403, 404, 409, 413, 415, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const existing = await newest(c, id)
    if (!existing) return refused(c, { code: 'product_not_found', product: id })
    return written(c, c.req.valid('json'), existing.id)
  },
)

answer(
  products,
  createRoute({
    method: 'patch',
    path: '/products/{id}',
    tags,
    summary: 'Change some of a product',
    description: 'Fields that are named replace what was there; `variants` and `images` are replaced as whole lists.',
    ...needs('catalog:write'),
    request: { params, ...takes(ProductChange).request },
    responses: { 200: json(OperatorProduct, 'Changed.'), ...problems(400, 401, 403, 404, 409, 413, 415, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const existing = await newest(c, id)
    if (!existing) return refused(c, { code: 'product_not_found', product: id })
    // The version keeps two half-changes from being mixed.
    return written(c, { ...writeOf(existing), version: existing.version, ...named(c.req.valid('json')) }, existing.id)
  },
)

answer(
  products,
  createRoute({
    method: 'delete',
    path: '/products/{id}',
    tags,
    summary: 'Take a product out of the shop. Safe to repeat',
    description:
      'It is archived: orders and stock accounts keep what they need, and making its slug again brings it back.',
    ...needs('catalog:write'),
    request: { params },
    responses: { 204: { description: 'Gone.' }, ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const existing = await newest(c, id)
    if (!existing) return refused(c, { code: 'product_not_found', product: id })
    const writer = database(c).write()
    const removed = await removeProduct(writer, c.var.visit.storeId, existing.id)
    if (!removed.ok) return refused(c, removed.refusal)
    await afterCatalogWrite(c, writer, {
      action: 'product.removed',
      subject: existing.id,
      facts: { slug: existing.slug },
    })
    return new Response(null, { status: 204, headers: { 'cache-control': 'private, no-store' } })
  },
)

/** From the primary: what is about to be changed must be read as it is. */
const newest = (c: Asked, id: string): Promise<Product | null> =>
  findProductForOperator(database(c).read('primary'), c.var.visit.storeId, id)

async function written(c: Asked, write: Write, id: string | null): Promise<Response> {
  const draft = draftOf(write, c.var.visit.store.currency)
  const mistakes = mistakesIn(draft, write, c.var.visit.store.currency)
  if (mistakes) return refused(c, mistakes)
  const writer = database(c).write()
  const which = id === null ? { mustBeNew: true } : { id }
  const version = write.version === undefined ? {} : { ifVersion: write.version }
  const put = await putProduct(writer, c.var.visit.storeId, { draft, ...which, ...version }, birth(c))
  if (!put.ok) return refused(c, put.refusal)
  await afterCatalogWrite(c, writer, {
    action: id === null ? 'product.created' : 'product.updated',
    subject: put.value.id,
    facts: { slug: draft.slug, version: put.value.version, outcome: put.value.outcome },
  })
  const product = await newest(c, put.value.id)
  if (!product) return refused(c, { code: 'product_not_found', product: put.value.id })
  const out = operatorProductOut(product)
  return id === null
    ? privateJson(c, out, 201, { location: `/api/v1/admin/products/${put.value.id}` })
    : privateJson(c, out)
}
