/**
 * `npm run seed`: a store with its operator's key, and the demo catalog unless `--empty` is said. Reads DATABASE_URL,
 * NEON_FETCH_ENDPOINT, DEFAULT_STORE and OPERATOR_KEY from the environment; prints the key it made when it was given none.
 */
import { webcrypto } from 'node:crypto'
import { seedShop } from './seed-shop.ts'

const url = process.env['DATABASE_URL']
if (!url) {
  console.error('Set DATABASE_URL to the primary (and NEON_FETCH_ENDPOINT for a gateway of your own).')
  process.exit(2)
}
const given = process.env['OPERATOR_KEY']
const { operatorKey, products } = await seedShop(
  { url, endpoint: process.env['NEON_FETCH_ENDPOINT'] ?? '' },
  {
    empty: process.argv.includes('--empty'),
    storeId: process.env['DEFAULT_STORE'] ?? 'store_demo',
    ...(given ? { operatorKey: given } : {}),
    now: Date.now(),
    random: { fraction: () => Math.random(), bytes: (count) => webcrypto.getRandomValues(new Uint8Array(count)) },
  },
)
console.log(products > 0 ? `Put ${products} products on the shelves.` : 'No demo products were added.')
if (!given) console.log(`Operator key (shown once): ${operatorKey}`)
