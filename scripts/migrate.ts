/** `npm run migrate`: brings the database of DATABASE_URL to the newest schema. Safe to run twice, and by two at once. */
import { migrateDatabase } from '../platform/postgres/migration-files.ts'

const url = process.env['DATABASE_URL']
if (!url) {
  console.error('Set DATABASE_URL to the primary (and NEON_FETCH_ENDPOINT for a gateway of your own).')
  process.exit(2)
}
const { applied, already, newer } = await migrateDatabase({ url, endpoint: process.env['NEON_FETCH_ENDPOINT'] ?? '' })
console.log(
  applied.length ? `Applied: ${applied.join(', ')}` : `Nothing to do: ${already.length} migrations are applied.`,
)
if (newer.length) console.log(`The database also has, from a newer release: ${newer.join(', ')}`)
