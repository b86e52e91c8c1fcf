import { expect, it } from 'vitest'
import { quote } from './capnp.ts'
import { TINY_SETTINGS } from './testing/tiny-shop.ts'
import { frontConfig, objectsConfig } from './workerd-config.ts'

const PARTS = {
  modules: [],
  frontModules: [],
  shims: [],
  manifest: {},
  publicDir: '/p',
  mailDir: '/m',
  objectsDir: '/o',
}

it('[RUN14] refuses a binding that has no stand-in, by its name in wrangler.toml', () => {
  const settings = { ...TINY_SETTINGS, hyperdrive: [{ binding: 'DB' }] }
  expect(() => objectsConfig({ ...PARTS, settings }, true)).toThrow('wrangler.toml asks for hyperdrive')
})

it('[RUN2] names secrets in the configuration, and never their values', () => {
  const parts = { ...PARTS, settings: TINY_SETTINGS }
  for (const config of [frontConfig(parts), objectsConfig(parts, true), objectsConfig(parts, false)])
    expect(config).toContain('(name = "SECRET", fromEnvironment = "SECRET")')
})

it('[RUN2] quotes any text for Cap’n Proto', () => {
  expect(quote('a "b"\\\n€')).toBe(String.raw`"a \x22b\x22\x5c\x0a\xe2\x82\xac"`)
})
