/**
 * Which path is answered with which file of public/, and how: the platform's rules for assets, taken once at the start.
 * Knows `html_handling = "auto-trailing-slash"` (its default) and the `_headers` file; `_redirects` is not read.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Asset } from './shims/assets.ts'

const TYPES: Record<string, string> = {
  '.avif': 'image/avif',
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml',
}

const NOT_SERVED = new Set(['_headers', '_redirects', '.assetsignore'])

interface HeaderRule {
  pattern: RegExp
  headers: [string, string][]
}

export async function publicFiles(folder: string): Promise<Record<string, Asset>> {
  if (!existsSync(folder)) return {}
  const rulesFile = join(folder, '_headers')
  const rules = existsSync(rulesFile) ? parseRules(await readFile(rulesFile, 'utf8')) : []
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const manifest: Record<string, Asset> = {}
  for (const entry of entries) {
    if (!entry.isFile() || NOT_SERVED.has(entry.name)) continue
    const file = join(entry.parentPath, entry.name).slice(folder.replace(/\/$/, '').length + 1)
    const etag = `"${createHash('sha256')
      .update(await readFile(join(folder, file)))
      .digest('hex')
      .slice(0, 32)}"`
    const type = TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream'
    for (const [path, redirect] of pathsOf(file)) {
      manifest[path] = { file, type, etag, headers: headersFor(path, rules), redirect }
    }
  }
  return manifest
}

/** The paths a file answers to; all but one of them redirect to the one. */
function pathsOf(file: string): [path: string, redirect: string | null][] {
  const path = `/${file}`
  if (path.endsWith('/index.html')) {
    const folder = path.slice(0, -'index.html'.length)
    const bare = folder.slice(0, -1)
    return [[folder, null], [path, folder], ...(bare === '' ? [] : ([[bare, folder]] as [string, string][]))]
  }
  if (!path.endsWith('.html')) return [[path, null]]
  const bare = path.slice(0, -'.html'.length)
  return [
    [bare, null],
    [path, bare],
    [`${bare}/`, bare],
  ]
}

/** A path on a line of its own, then its headers, indented. `*` stands for anything. */
function parseRules(text: string): HeaderRule[] {
  const rules: HeaderRule[] = []
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.trim().startsWith('#')) continue
    if (!/^\s/.test(line)) {
      const pattern = line
        .trim()
        .replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
        .replaceAll('*', '.*')
      rules.push({ pattern: new RegExp(`^${pattern}$`), headers: [] })
      continue
    }
    const colon = line.indexOf(':')
    rules.at(-1)?.headers.push([line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()])
  }
  return rules
}

const headersFor = (path: string, rules: HeaderRule[]): Record<string, string> =>
  Object.fromEntries(rules.filter(({ pattern }) => pattern.test(path)).flatMap(({ headers }) => headers))
