/**
 * Two projects. `node` runs what needs no platform (domain, simulation, local stand-ins, black box over real
 * processes); `workerd` runs inside the real runtime, with the bindings of wrangler.toml.
 * A file ending in `.workerd.test.ts` belongs to the runtime; every other test to Node.
 */
import { existsSync, statfsSync } from 'node:fs'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

const OUTSIDE = ['node_modules/**', 'dist/**', '.wrangler/**', 'test-output/**']

/** A test does in a second what nobody does in a minute. Those about limits bring their own. */
const UNHINDERED = JSON.stringify({
  classes: Object.fromEntries(
    ['operator-write', 'operator-read', 'buying', 'visiting'].map((name) => [
      name,
      { per_minute: 60_000, burst: 10_000 },
    ]),
  ),
})

// Bundled once for all files: nine hundred modules fewer to hand to each runtime. One that is missing here only costs.
const PACKAGES = [
  '@cantoo/pdf-lib',
  '@hono/zod-openapi',
  '@neondatabase/serverless',
  '@noble/hashes/sha2.js',
  'drizzle-orm',
  'drizzle-orm/batch',
  'drizzle-orm/neon-http',
  'drizzle-orm/pg-core',
  'hono',
  'hono/html',
  'hono/http-exception',
  'hono/jsx',
  'hono/jsx/jsx-dev-runtime',
  'hono/jsx/jsx-runtime',
  'hono/route',
  'stripe',
]

/** Foreign clients that a test asks us with. They import of Node what only the runtime has, so they cannot be bundled. */
const CLIENTS = ['core', 'ofrep-core', 'ofrep-provider', 'server-sdk'].map((name) => `@openfeature/${name}`)

keepInMemory()

export default defineConfig({
  test: {
    // One more than the two cores we aim at: most files wait for a database, a runtime or a browser of their own.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'node',
          include: ['**/*.test.ts'],
          exclude: [...OUTSIDE, '**/*.workerd.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        cacheDir: '.wrangler/vite', // of this tree alone: two trees with one node_modules would bundle over each other
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: './wrangler.toml' },
            // How much a shop takes at once is learnt from how fast it is: here, from whatever else the machine does.
            miniflare: {
              bindings: {
                ENVIRONMENT: 'test',
                RATE_LIMITS: UNHINDERED,
                SHEDDING: 'off',
                MERCHANT_CALLS: 'anywhere',
                ...inject('backends'),
              },
            },
          })),
        ],
        test: {
          name: 'workerd',
          include: ['**/*.workerd.test.ts', '**/*.workerd.test.tsx'],
          exclude: OUTSIDE,
          // A runtime takes ten seconds to load the Worker, so files take turns in it; each test has a store of its own.
          isolate: false,
          deps: { optimizer: { ssr: { enabled: true, include: PACKAGES, exclude: CLIENTS } } },
          setupFiles: ['./workers/testing/worker-at-hand.ts'],
          globalSetup: ['./workers/testing/backends.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
    ],
  },
})

/**
 * Databases and objects of the tests live in memory where there is plenty: what they write is forced to the disk at each
 * step, and none of it is wanted afterwards. Elsewhere they live in the usual folder, which is only slower.
 */
function keepInMemory(): void {
  if (!existsSync('/dev/shm')) return
  const { bavail, bsize } = statfsSync('/dev/shm')
  if (bavail * bsize > 4 * 2 ** 30) process.env['TMPDIR'] = '/dev/shm'
}
