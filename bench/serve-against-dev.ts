/**
 * `npm run bench:dev -- [path]` (/api/v1/products when none is said)
 *
 * How much faster is `npm run serve` than `npm run dev` on the same route of the same shop? Both run over one database;
 * they are measured in turns, so that a busy machine slows both, and only their ratio is worth keeping.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDataFolder } from '../local/runner/data-folder.ts'
import { choosePort } from '../local/runner/ports.ts'
import { startShop } from '../local/runner/shop.ts'
import { startWranglerDev } from '../local/runner/wrangler-dev.ts'
import { requestsPerSecond } from './load.ts'

const ROUNDS = 3
const LOAD = { connections: 32, seconds: 4 }

const path = process.argv[2] ?? '/api/v1/products'
const temporary = await mkdtemp(join(tmpdir(), 'onrush-bench-'))
const shop = await startShop({ dataDir: join(temporary, 'serve') })
const folder = openDataFolder(join(temporary, 'dev'))
const dev = await startWranglerDev({ folder, port: await choosePort(0), vars: shop.vars, secrets: shop.secrets })
try {
  for (const url of [shop.url, dev.url]) await requestsPerSecond(`${url}${path}`, { ...LOAD, seconds: 1 })
  const ratios: number[] = []
  for (let round = 1; round <= ROUNDS; round += 1) {
    const served = await requestsPerSecond(`${shop.url}${path}`, LOAD)
    const developed = await requestsPerSecond(`${dev.url}${path}`, LOAD)
    ratios.push(served / developed)
    console.log(
      `${path}  serve ${served.toFixed(0)}/s  dev ${developed.toFixed(0)}/s  ${(served / developed).toFixed(1)}x`,
    )
  }
  const median = ratios.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0
  console.log(`serve takes ${median.toFixed(1)} times the requests of dev (at least 5 are promised).`)
  process.exitCode = median >= 5 ? 0 : 1
} finally {
  await dev.stop()
  folder.release()
  await shop.stop()
  await rm(temporary, { recursive: true, force: true })
}
