/**
 * `npm run freeze`: writes down the digest of each migration that is new. Refuses to touch one that is written down
 * already: a migration somebody has run cannot be changed, only followed by another.
 */
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'

const LEDGER = 'migrations/frozen.json'
const frozen: Record<string, string> = existsSync(LEDGER) ? JSON.parse(readFileSync(LEDGER, 'utf8')) : {}

for (const path of globSync('migrations/**/*.sql').sort()) {
  const digest = createHash('sha256').update(readFileSync(path, 'utf8')).digest('hex')
  if (frozen[path] && frozen[path] !== digest) {
    console.error(`${path} has shipped and was edited. Restore it, and put the change into a new file.`)
    process.exitCode = 1
  }
  frozen[path] ??= digest
}
writeFileSync(LEDGER, `${JSON.stringify(frozen, null, 2)}\n`)
