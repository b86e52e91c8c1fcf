/**
 * Under wrangler dev letters land in a temporary folder that wrangler empties when it ends. This keeps copies in the
 * mail folder, where `serve` puts its own.
 */
import { copyFileSync, existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'

const LOOK_EVERY_MS = 500

/** Copies until the returned function is called. */
export function keepLetters(temporaryDir: string, mailDir: string): () => void {
  const seen = new Set<string>()
  const timer = setInterval(() => {
    for (const file of lettersIn(temporaryDir)) {
      if (seen.has(file)) continue
      seen.add(file)
      copyFileSync(join(temporaryDir, file), join(mailDir, basename(file)))
    }
  }, LOOK_EVERY_MS)
  return () => clearInterval(timer)
}

/** `miniflare-<dice>/files/email/<kind>/<id>.<ending>`, or near to it: the folder's name is what counts. */
function lettersIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /[\\/]email[\\/]/.test(`${entry.parentPath}/`))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}
