/**
 * What a new shop begins with: its store, its operator's key, and unless it shall be empty the demo catalog with one drop
 * that opens a minute later. Safe to repeat: what is there already stays as it is, the drop's opening included.
 *
 * Only Postgres is written. The stock objects hear of their terms and their opening stock through the outbox, from the
 * Worker (POST /api/v1/admin/offers/publish, or its cron).
 */
import type { Random } from '../domain/basics/random.ts'
import type { ProductDraft } from '../domain/catalog/product.ts'
import { ORDINARY_TERMS } from '../domain/drop/drop.ts'
import { DEFAULT_SETTINGS } from '../domain/store/store.ts'
import { keepApiKey } from '../platform/postgres/api-keys.ts'
import { putCollection } from '../platform/postgres/collections.ts'
import { openDatabase, type Database } from '../platform/postgres/database.ts'
import { listDrops, putDrop } from '../platform/postgres/drops.ts'
import { putProducts, type Birth } from '../platform/postgres/product-writes.ts'
import { putStore } from '../platform/postgres/stores.ts'
import { newOperatorKey } from '../domain/store/operator-key.ts'
import { newId } from '../domain/basics/ids.ts'
import { demoProducts, DROP, SHELVES } from './demo-catalog.ts'

export interface Seeding {
  /** A store and a key, nothing to sell. */
  empty: boolean
  storeId: string
  /** In plain; made when absent. */
  operatorKey?: string
  /** ms since the epoch. */
  now: number
  random: Random
}

/** Products a statement: a few hundred kB of JSON. */
const CHUNK = 50

export async function seedShop(
  connection: { url: string; endpoint: string },
  { empty, storeId, operatorKey, now, random }: Seeding,
): Promise<{ operatorKey: string; products: number }> {
  const db = openDatabase({
    ...{ DATABASE_URL: connection.url, REPLICA_URLS: '', NEON_FETCH_ENDPOINT: connection.endpoint },
    SIGNING_KEY: 'a seed reads nobody’s token',
  })
  const birth = { now, random }
  const key = operatorKey ?? newOperatorKey('test', random)
  const settings = { ...DEFAULT_SETTINGS, tagline: 'Good things, in small numbers', supportEmail: 'hello@shop.example' }
  await putStore(db.write(), { id: storeId, name: 'Halyard & Vale', currency: 'EUR', hostnames: [], settings })
  await keepApiKey(db.write(), storeId, {
    id: newId('key', now, random),
    key,
    name: 'The first operator',
    scopes: ['*'],
  })
  // The drop is put last: where it stands, everything stands, and an operator may have changed it since.
  if (empty || (await hasTheDrop(db, storeId, now))) return { operatorKey: key, products: 0 }

  for (const [position, { slug, title, description }] of SHELVES.entries()) {
    await putCollection(db.write(), storeId, { slug, title, description, imageUrl: '', position }, birth)
  }
  const products = demoProducts()
  const [first, ...rest] = products
  // The drop's product last and alone, so that it is the newest in the shop.
  for (let at = 0; at < rest.length; at += CHUNK) await putAll(db, storeId, rest.slice(at, at + CHUNK), birth)
  await putAll(db, storeId, [first!], birth)
  await putTheDrop(db, storeId, birth)
  return { operatorKey: key, products: products.length }
}

async function putAll(db: Database, storeId: string, drafts: ProductDraft[], birth: Birth): Promise<void> {
  const products = drafts.map((draft) => ({ draft }))
  await putProducts(db.write(), storeId, products, birth)
}

const hasTheDrop = async (db: Database, storeId: string, now: number): Promise<boolean> =>
  (await listDrops(db.read('primary'), storeId, now)).some(({ slug }) => slug === DROP.slug)

async function putTheDrop(db: Database, storeId: string, birth: Birth): Promise<void> {
  const { slug, title, description, unitsPerVisitorMax, opensAfterMs, product, room } = DROP
  const decision = await putDrop(
    db.write(),
    storeId,
    {
      ...{ slug, title, description, unitsPerVisitorMax, imageUrl: `/art/${product}.svg?view=3` },
      ...{ opensAt: birth.now + opensAfterMs, endsAt: null, paused: false, holdDurationMs: null },
      skus: demoProducts()[0]!.variants.map(({ sku }) => sku),
      ...{ ...ORDINARY_TERMS, room },
    },
    birth,
  )
  if (!decision.ok) throw new Error(`The demo drop was refused: ${decision.refusal.code}`)
}
