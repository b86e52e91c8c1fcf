/**
 * The tables of migrations/postgres, as drizzle sees them. The SQL files are the truth; schema.test.ts migrates a
 * database and compares every column, default and key with these. Query code interpolates these tables' row types, so a
 * column that is renamed there does not compile here.
 */
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  customType,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
} from 'drizzle-orm/pg-core'

const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' })
const instant = (name: string) => timestamp(name, { withTimezone: true })
const count = (name: string) => bigint(name, { mode: 'number' })
const now = sql`now()`

export const stores = pgTable('stores', {
  id: text().primaryKey(),
  name: text().notNull(),
  currency: text().notNull(),
  settings: jsonb().notNull().default({}),
  orderBooks: jsonb('order_books').notNull().default([4]),
  jurisdiction: text(),
  createdAt: instant('created_at').notNull().default(now),
  updatedAt: instant('updated_at').notNull().default(now),
})

export const storeHostnames = pgTable('store_hostnames', {
  hostname: text().primaryKey(),
  storeId: text('store_id').notNull(),
})

export const apiKeys = pgTable(
  'api_keys',
  {
    storeId: text('store_id').notNull(),
    id: text().notNull(),
    hash: text().notNull(),
    hint: text().notNull(),
    name: text().notNull(),
    scopes: text().array().notNull(),
    createdAt: instant('created_at').notNull().default(now),
    revokedAt: instant('revoked_at'),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.id] })],
)

export const audit = pgTable(
  'audit',
  {
    storeId: text('store_id').notNull(),
    id: text().notNull(),
    at: instant('at').notNull().default(now),
    actor: text().notNull(),
    action: text().notNull(),
    subject: text().notNull(),
    facts: jsonb().notNull().default({}),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.id] })],
)

export const products = pgTable(
  'products',
  {
    storeId: text('store_id').notNull(),
    id: text().notNull(),
    slug: text().notNull(),
    title: text().notNull(),
    description: text().notNull(),
    vendor: text().notNull().default(''),
    productType: text('product_type').notNull().default(''),
    tags: text().array().notNull().default([]),
    status: text({ enum: ['active', 'draft', 'archived'] }).notNull(),
    options: text().array().notNull().default([]),
    priceMin: count('price_min').notNull(),
    priceMax: count('price_max').notNull(),
    version: count('version').notNull().default(1),
    digest: text().notNull(),
    createdAt: instant('created_at').notNull().default(now),
    updatedAt: instant('updated_at').notNull().default(now),
    search: tsvector()
      .notNull()
      .generatedAlwaysAs(sql`(see 0002_catalog.sql)`),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.id] })],
)

export const variants = pgTable(
  'variants',
  {
    storeId: text('store_id').notNull(),
    id: text().notNull(),
    productId: text('product_id').notNull(),
    sku: text().notNull(),
    title: text().notNull().default(''),
    optionValues: text('option_values').array().notNull().default([]),
    position: integer().notNull(),
    barcode: text().notNull().default(''),
    weightGrams: integer('weight_grams').notNull().default(0),
    unitsPerVisitorMax: integer('units_per_visitor_max'),
    initialUnits: integer('initial_units').notNull().default(0),
    offerVersion: count('offer_version').notNull().default(1),
    removedAt: instant('removed_at'),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.id] })],
)

export const prices = pgTable(
  'prices',
  {
    storeId: text('store_id').notNull(),
    variantId: text('variant_id').notNull(),
    currency: text().notNull(),
    amount: count('amount').notNull(),
    compareAtAmount: count('compare_at_amount'),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.variantId, t.currency] })],
)

export const images = pgTable(
  'images',
  {
    storeId: text('store_id').notNull(),
    productId: text('product_id').notNull(),
    position: integer().notNull(),
    url: text().notNull(),
    alt: text().notNull().default(''),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.productId, t.position] })],
)

export const collections = pgTable(
  'collections',
  {
    storeId: text('store_id').notNull(),
    id: text().notNull(),
    slug: text().notNull(),
    title: text().notNull(),
    description: text().notNull().default(''),
    imageUrl: text('image_url').notNull().default(''),
    position: integer().notNull().default(0),
    version: count('version').notNull().default(1),
    createdAt: instant('created_at').notNull().default(now),
    updatedAt: instant('updated_at').notNull().default(now),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.id] })],
)

export const productCollections = pgTable(
  'product_collections',
  {
    storeId: text('store_id').notNull(),
    collectionId: text('collection_id').notNull(),
    productId: text('product_id').notNull(),
    position: integer().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.collectionId, t.productId] })],
)

export const drops = pgTable(
  'drops',
  {
    storeId: text('store_id').notNull(),
    id: text().notNull(),
    slug: text().notNull(),
    title: text().notNull(),
    description: text().notNull().default(''),
    imageUrl: text('image_url').notNull().default(''),
    opensAt: instant('opens_at').notNull(),
    endsAt: instant('ends_at'),
    paused: boolean().notNull().default(false),
    unitsPerVisitorMax: integer('units_per_visitor_max'),
    holdDurationMs: integer('hold_duration_ms'),
    version: count('version').notNull().default(1),
    createdAt: instant('created_at').notNull().default(now),
    updatedAt: instant('updated_at').notNull().default(now),
    expectedBuyers: integer('expected_buyers').notNull().default(0),
    leaves: integer().notNull().default(0),
    leavesWanted: integer('leaves_wanted'),
    room: jsonb(),
    countries: text().array(),
    inviteOnly: boolean('invite_only').notNull().default(false),
    unitsPerOrderMax: integer('units_per_order_max'),
    stoppedAt: instant('stopped_at'),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.id] })],
)

export const invitationBatches = pgTable(
  'invitation_batches',
  {
    storeId: text('store_id').notNull(),
    id: text().notNull(),
    dropId: text('drop_id').notNull(),
    note: text().notNull().default(''),
    opensAt: instant('opens_at'),
    endsAt: instant('ends_at'),
    usesMax: integer('uses_max').notNull().default(1),
    isMade: boolean('is_made').notNull(),
    fingerprint: text().notNull(),
    version: count('version').notNull().default(1),
    createdAt: instant('created_at').notNull().default(now),
    revokedAt: instant('revoked_at'),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.id] })],
)

export const invitations = pgTable(
  'invitations',
  {
    storeId: text('store_id').notNull(),
    batchId: text('batch_id').notNull(),
    position: integer().notNull(),
    dropId: text('drop_id').notNull(),
    digest: text().notNull(),
    hint: text().notNull(),
    email: text(),
    revokedAt: instant('revoked_at'),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.batchId, t.position] })],
)

export const dropVariants = pgTable(
  'drop_variants',
  {
    storeId: text('store_id').notNull(),
    variantId: text('variant_id').notNull(),
    dropId: text('drop_id').notNull(),
    position: integer().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.variantId] })],
)

export const inventory = pgTable(
  'inventory',
  {
    storeId: text('store_id').notNull(),
    sku: text().notNull(),
    initial: count('initial').notNull(),
    adjusted: count('adjusted').notNull(),
    total: count('total').notNull(),
    free: count('free').notNull(),
    held: count('held').notNull(),
    sold: count('sold').notNull(),
    version: count('version').notNull(),
    updatedAt: instant('updated_at').notNull().default(now),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.sku] })],
)

export const customers = pgTable(
  'customers',
  {
    storeId: text('store_id').notNull(),
    bucket: smallint().notNull(),
    id: text().notNull(),
    email: text().notNull(),
    name: text(),
    createdAt: instant('created_at').notNull().default(now),
    updatedAt: instant('updated_at').notNull().default(now),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.bucket, t.id] })],
)

export const orders = pgTable(
  'orders',
  {
    storeId: text('store_id').notNull(),
    bucket: smallint().notNull(),
    id: text().notNull(),
    customerId: text('customer_id'),
    visitorId: text('visitor_id').notNull(),
    holdId: text('hold_id').notNull(),
    email: text().notNull(),
    name: text(),
    shippingAddress: jsonb('shipping_address'),
    status: text().notNull(),
    failureCode: text('failure_code'),
    failureMessage: text('failure_message'),
    currency: text().notNull(),
    totalAmount: count('total_amount').notNull(),
    receiptId: text('receipt_id'),
    version: count('version').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    settledAt: instant('settled_at'),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.bucket, t.id] })],
)

export const orderLines = pgTable(
  'order_lines',
  {
    storeId: text('store_id').notNull(),
    bucket: smallint().notNull(),
    orderId: text('order_id').notNull(),
    position: integer().notNull(),
    sku: text().notNull(),
    productSlug: text('product_slug').notNull(),
    productTitle: text('product_title').notNull(),
    variantTitle: text('variant_title').notNull(),
    units: integer().notNull(),
    unitAmount: count('unit_amount').notNull(),
    lineAmount: count('line_amount').notNull(),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.bucket, t.orderId, t.position] })],
)

export const payments = pgTable(
  'payments',
  {
    storeId: text('store_id').notNull(),
    bucket: smallint().notNull(),
    orderId: text('order_id').notNull(),
    id: text().notNull(),
    state: text().notNull(),
    providerId: text('provider_id'),
    declineCode: text('decline_code'),
    currency: text().notNull(),
    authorised: count('authorised').notNull(),
    captured: count('captured').notNull(),
    refunded: count('refunded').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.bucket, t.orderId, t.id] })],
)

export const refunds = pgTable(
  'refunds',
  {
    storeId: text('store_id').notNull(),
    bucket: smallint().notNull(),
    orderId: text('order_id').notNull(),
    id: text().notNull(),
    currency: text().notNull(),
    amount: count('amount').notNull(),
    reason: text(),
    restock: jsonb().notNull().default([]),
    status: text().notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.bucket, t.orderId, t.id] })],
)

export const documents = pgTable(
  'documents',
  {
    storeId: text('store_id').notNull(),
    id: text().notNull(),
    orderId: text('order_id').notNull(),
    kind: text().notNull(),
    r2Key: text('r2_key').notNull(),
    contentType: text('content_type').notNull(),
    bytes: integer().notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.id] })],
)

export const outbox = pgTable(
  'outbox',
  {
    storeId: text('store_id').notNull(),
    topic: text().notNull(),
    key: text().notNull(),
    seq: count('seq').generatedByDefaultAsIdentity(),
    createdAt: instant('created_at').notNull().default(now),
    attempts: integer().notNull().default(0),
    dueAt: instant('due_at').notNull().default(now),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.topic, t.key] })],
)

export const inbox = pgTable(
  'inbox',
  {
    storeId: text('store_id').notNull(),
    source: text().notNull(),
    messageId: text('message_id').notNull(),
    receivedAt: instant('received_at').notNull().default(now),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.source, t.messageId] })],
)

export const imports = pgTable(
  'imports',
  {
    storeId: text('store_id').notNull(),
    id: text().notNull(),
    format: text({ enum: ['shopify_csv', 'json', 'ndjson'] }).notNull(),
    digest: text(),
    dryRun: boolean('dry_run').notNull(),
    state: text({ enum: ['running', 'finished', 'failed'] }).notNull(),
    rows: integer().notNull().default(0),
    productsDone: integer('products_done').notNull().default(0),
    created: integer().notNull().default(0),
    updated: integer().notNull().default(0),
    unchanged: integer().notNull().default(0),
    refused: integer().notNull().default(0),
    problemCount: integer('problem_count').notNull().default(0),
    stockLeftAlone: integer('stock_left_alone').notNull().default(0),
    createdAt: instant('created_at').notNull().default(now),
    updatedAt: instant('updated_at').notNull().default(now),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.id] })],
)

export const importProblems = pgTable(
  'import_problems',
  {
    storeId: text('store_id').notNull(),
    importId: text('import_id').notNull(),
    position: integer().notNull(),
    line: integer().notNull(),
    field: text().notNull(),
    product: text().notNull(),
    code: text().notNull(),
    message: text().notNull(),
    remedy: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.importId, t.position] })],
)

export const experiments = pgTable(
  'experiments',
  {
    storeId: text('store_id').notNull(),
    id: text().notNull(),
    key: text().notNull(),
    definition: jsonb().notNull(),
    state: text({ enum: ['draft', 'running', 'stopped'] })
      .notNull()
      .default('draft'),
    startedAt: instant('started_at'),
    stoppedAt: instant('stopped_at'),
    stoppedBy: text('stopped_by'),
    version: count('version').notNull().default(1),
    createdAt: instant('created_at').notNull().default(now),
    updatedAt: instant('updated_at').notNull().default(now),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.id] })],
)

export const originRules = pgTable(
  'origin_rules',
  {
    storeId: text('store_id').notNull(),
    version: count('version').notNull(),
    file: jsonb().notNull(),
    savedAt: instant('saved_at').notNull().default(now),
    savedBy: text('saved_by').notNull(),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.version] })],
)

export const markets = pgTable(
  'markets',
  {
    storeId: text('store_id').notNull(),
    key: text().notNull(),
    name: text().notNull(),
    currency: text().notNull(),
    languages: text().array().notNull(),
    taxes: text({ enum: ['included', 'excluded'] }).notNull(),
    isDefault: boolean('is_default').notNull().default(false),
    version: count('version').notNull().default(1),
    createdAt: instant('created_at').notNull().default(now),
    updatedAt: instant('updated_at').notNull().default(now),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.key] })],
)

export const marketCountries = pgTable(
  'market_countries',
  {
    storeId: text('store_id').notNull(),
    country: text().notNull(),
    marketKey: text('market_key').notNull(),
    position: integer().notNull(),
    restricted: text({ enum: ['law', 'choice'] }),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.country] })],
)

export const marketPrices = pgTable(
  'market_prices',
  {
    storeId: text('store_id').notNull(),
    variantId: text('variant_id').notNull(),
    marketKey: text('market_key').notNull(),
    currency: text().notNull(),
    amount: count('amount').notNull(),
    compareAtAmount: count('compare_at_amount'),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.variantId, t.marketKey] })],
)
