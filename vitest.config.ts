/**
 * Two projects. `node` runs what needs no platform (domain, simulation, local stand-ins, black box over real
 * processes); `workerd` runs inside the real runtime, with the bindings of wrangler.toml.
 * A file ending in `.workerd.test.ts` belongs to the runtime; every other test to Node.
 */
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

const OUTSIDE = ['node_modules/**', 'dist/**', '.wrangler/**', 'test-output/**']

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
            miniflare: { bindings: { ENVIRONMENT: 'test', ...inject('backends') } },
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
