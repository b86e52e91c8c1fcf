/** What workerd runs, laid out in a folder: modules, shims, configurations. */
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { publicFiles } from './public-files.ts'
import { frontConfig, OBJECTS_BINDING, OBJECTS_DOOR, objectClasses, objectsConfig } from './workerd-config.ts'
import type { ConfigParts, Module } from './workerd-config.ts'
import { configFile } from './workerd-process.ts'
import type { WranglerSettings } from './wrangler-settings.ts'

export interface Layout {
  settings: WranglerSettings
  modulesDir: string
  shimsDir: string
  /** Everything of this runtime lies here: objects, configuration, log. */
  folder: string
  mailDir: string
  publicDir: string
}

/** Copies all it runs into its folder, so that a build in the meantime cannot pull a module from under it. */
export async function layOut(layout: Layout, hasFront: boolean): Promise<void> {
  const { settings, folder } = layout
  const run = join(folder, 'run')
  await rm(run, { recursive: true, force: true })
  for (const name of ['run/modules', 'run/shims', 'objects']) await mkdir(join(folder, name), { recursive: true })
  await mkdir(layout.mailDir, { recursive: true })
  const modules = await copyModules(layout.modulesDir, run, 'modules')
  const shims = await copyModules(layout.shimsDir, run, 'shims')
  const manifest = await publicFiles(layout.publicDir)
  const paths = JSON.stringify(Object.keys(manifest).map((path) => encodeURI(path)))
  const first = servedFirst(settings) ? paths : '[]'
  await writeFile(join(run, 'main.js'), mainModule(first, objectClasses(settings)))
  const parts: ConfigParts = {
    settings,
    modules: [
      { name: 'onrush-main.js', file: 'main.js' },
      { name: 'onrush-in-front.js', file: 'shims/in-front.ts' },
      { name: 'onrush-abortable.js', file: 'shims/abortable.ts' },
      ...modules,
    ],
    frontModules: [
      { name: 'onrush-front.js', file: 'front.js' },
      { name: 'onrush-in-front.js', file: 'shims/in-front.ts' },
      { name: 'onrush-far-objects.js', file: 'shims/far-objects.ts' },
      ...modules,
    ],
    shims: [{ name: 'index.ts', file: 'shims/index.ts' }, ...shims.filter(({ name }) => name !== 'index.ts')],
    manifest,
    publicDir: layout.publicDir,
    mailDir: layout.mailDir,
    objectsDir: join(folder, 'objects'),
  }
  await writeFile(configFile(folder, 'objects'), objectsConfig(parts, hasFront))
  if (!hasFront) return
  await writeFile(join(run, 'front.js'), frontModule(first, settings))
  await writeFile(configFile(folder, 'front'), frontConfig(parts))
}

/**
 * The first module of a Worker is its main one; this one puts the platform's front door before the bundle's, and stands
 * around its objects so that the control door can abort them. A name exported here comes before one that is passed on.
 */
const mainModule = (paths: string, classes: readonly string[]): string => `import * as bundle from './index.js'
import { abortable, ObjectsDoor } from './onrush-abortable.js'
import { inFront } from './onrush-in-front.js'
export * from './index.js'
${classes.map((name) => `export const ${name} = abortable('${name}', bundle.${name})`).join('\n')}
export { ObjectsDoor as ${OBJECTS_DOOR} }
export default inFront(bundle.default, ${paths})
`

/** The same bundle for the process without objects: their bindings are made of the wire. */
const frontModule = (paths: string, settings: WranglerSettings): string => `import bundle from './index.js'
import { withFarObjects } from './onrush-far-objects.js'
import { inFront } from './onrush-in-front.js'
const namespaces = ${JSON.stringify(settings.durable_objects.bindings.map(({ name }) => name))}
export default inFront(withFarObjects(bundle, namespaces, '${OBJECTS_BINDING}'), ${paths})
`

function servedFirst({ assets }: WranglerSettings): boolean {
  const first = assets?.run_worker_first ?? false
  if (typeof first !== 'boolean') throw new Error('run_worker_first as a list of paths has no local stand-in.')
  return !first
}

async function copyModules(from: string, run: string, folder: string): Promise<Module[]> {
  const files = (await readdir(from)).filter((name) => !name.endsWith('.map') && name !== 'README.md')
  for (const name of files) await copyFile(join(from, name), join(run, folder, name))
  return files.map((name) => ({ name, file: `${folder}/${name}` }))
}
