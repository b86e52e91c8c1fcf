/**
 * Two projects. `node` runs what needs no platform (domain, simulation, local stand-ins, black box over real
 * processes); `workerd` runs inside the real runtime, with the bindings of wrangler.toml.
 * A file ending in `.workerd.test.ts` belongs to the runtime; every other test to Node.
 */
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
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: { ENVIRONMENT: 'test', RATE_LIMITS: UNHINDERED, ...inject('backends') } },
          })),
        ],
        test: {
          name: 'workerd',
          include: ['**/*.workerd.test.ts', '**/*.workerd.test.tsx'],
          exclude: OUTSIDE,
          globalSetup: ['./workers/testing/backends.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
    ],
  },
})
