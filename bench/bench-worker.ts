/** Builds a Worker of the bench and runs it as the shop is run: the same workerd, the same flags, the same disk. */
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { unstable_readConfig } from 'wrangler'
import { builtShims } from '../local/runner/built.ts'
import { choosePort } from '../local/runner/ports.ts'
import { binary, ROOT } from '../local/runner/root.ts'
import { Workerd } from '../local/runner/workerd.ts'

/** `name` is a folder of bench/ with a wrangler.toml; `folder` takes everything that is made; `environment` has its secrets. */
export async function startBenchWorker(
  name: 'reference' | 'stock-object' | 'stock-tree',
  folder: string,
  environment: Record<string, string> = {},
): Promise<Workerd> {
  const config = join(ROOT, 'bench', name, 'wrangler.toml')
  const modulesDir = join(folder, 'modules')
  const publicDir = join(folder, 'public')
  await mkdir(publicDir, { recursive: true })
  await promisify(execFile)(
    process.execPath,
    [binary('wrangler'), 'deploy', '--dry-run', '-c', config, '--outdir', modulesDir],
    { env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1' } },
  )
  return Workerd.start({
    settings: unstable_readConfig({ config }, { hideWarnings: true }),
    modulesDir,
    shimsDir: await builtShims(),
    folder: join(folder, 'worker'),
    mailDir: join(folder, 'mails'),
    publicDir,
    port: await choosePort(0),
    environment,
    isAlone: name !== 'reference', // the others drive their objects from inside
  })
}
