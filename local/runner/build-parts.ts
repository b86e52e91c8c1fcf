/**
 * Run as a program of its own, always by Node 22: `build-parts.ts bundle <folder>` writes the production bundle and the
 * settings of wrangler.toml; `build-parts.ts shims <folder>` writes the shims without their types. A program of its own
 * because the caller may be an older Node, and because reading wrangler takes longer than starting a shop.
 */
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { binary, ROOT } from './root.ts'

const run = promisify(execFile)

async function bundle(folder: string): Promise<void> {
  const { unstable_readConfig } = await import('wrangler')
  await run(process.execPath, [binary('wrangler'), 'deploy', '--dry-run', '--outdir', join(folder, 'modules')], {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1', NO_COLOR: '1' },
  })
  const settings = unstable_readConfig({ config: join(ROOT, 'wrangler.toml') }, { hideWarnings: true })
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings))
}

async function shims(folder: string): Promise<void> {
  const source = join(ROOT, 'local/runner/shims')
  await mkdir(folder, { recursive: true })
  for (const name of (await readdir(source)).filter((file) => file.endsWith('.ts'))) {
    await writeFile(join(folder, name), stripTypeScriptTypes(await readFile(join(source, name), 'utf8')))
  }
}

const [what, folder] = process.argv.slice(2)
if (folder === undefined || (what !== 'bundle' && what !== 'shims')) {
  throw new Error('Say what to build, bundle or shims, and the folder to write it to.')
}
await (what === 'bundle' ? bundle(folder) : shims(folder))
