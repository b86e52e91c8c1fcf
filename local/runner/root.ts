/** Where the repository lies, and the programs its packages brought: always Node 22, whatever Node runs us. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A program of node_modules/.bin. Throws where `npm ci` has not run. */
export function binary(name: string): string {
  const path = join(ROOT, 'node_modules/.bin', name)
  if (!existsSync(path)) throw new Error(`${name} is not installed: run \`npm ci\` first.`)
  return path
}
