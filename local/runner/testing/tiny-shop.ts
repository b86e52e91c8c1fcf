/** A bare workerd with the tiny Worker on it and every shim behind it, in a temporary folder. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtShims } from '../built.ts'
import { choosePort } from '../ports.ts'
import { ROOT } from '../root.ts'
import { Workerd } from '../workerd.ts'
import type { WranglerSettings } from '../wrangler-settings.ts'

export const TINY_SETTINGS: WranglerSettings = {
  name: 'tiny',
  compatibility_date: '2026-11-01',
  compatibility_flags: [],
  vars: { TEXT: 'one "quoted" word, ünï, \\ and\na line', LIST: [1, 2] },
  secrets: { required: ['SECRET'] },
  assets: { directory: './public', binding: 'ASSETS' },
  durable_objects: { bindings: [{ name: 'NOTEBOOK', class_name: 'Notebook' }] },
  exports: { Notebook: { type: 'durable-object', storage: 'sqlite' } },
  kv_namespaces: [{ binding: 'KV', id: 'k1' }],
  r2_buckets: [{ binding: 'BUCKET', bucket_name: 'tiny' }],
  send_email: [{ name: 'MAIL' }],
  queues: {
    producers: [
      { binding: 'JOBS', queue: 'jobs' },
      { binding: 'SLOW', queue: 'slow', delivery_delay: 1 },
      { binding: 'PATIENT', queue: 'patient' },
    ],
    consumers: [
      { queue: 'jobs', max_batch_size: 3, max_batch_timeout: 0, max_retries: 2, dead_letter_queue: 'dead' },
      { queue: 'slow', max_batch_size: 10, max_batch_timeout: 0 },
      { queue: 'patient', max_batch_size: 10, max_batch_timeout: 1 },
      { queue: 'dead', max_batch_size: 10, max_batch_timeout: 0 },
    ],
  },
  triggers: { crons: ['*/10 * * * *'] },
}

export class TinyShop {
  readonly folder: string
  readonly workerd: Workerd
  readonly mailDir: string

  private constructor(folder: string, workerd: Workerd) {
    this.folder = folder
    this.workerd = workerd
    this.mailDir = join(folder, 'mails')
  }

  /** In `folder` when one is handed in: what lies there is found again. */
  static async open(folder?: string): Promise<TinyShop> {
    const home = folder ?? (await mkdtemp(join(tmpdir(), 'onrush-tiny-')))
    for (const name of ['modules', 'public/assets', 'public/help']) await mkdir(join(home, name), { recursive: true })
    await copyFile(join(ROOT, 'local/runner/testing/tiny-worker.js'), join(home, 'modules/index.js'))
    await writeFile(join(home, 'public/assets/shop.css'), 'body { color: green }\n')
    await writeFile(join(home, 'public/help/index.html'), '<h1>Help</h1>\n')
    await writeFile(join(home, 'public/_headers'), '/assets/*\n  Cache-Control: public, max-age=31536000, immutable\n')
    const workerd = await Workerd.start({
      settings: TINY_SETTINGS,
      modulesDir: join(home, 'modules'),
      shimsDir: await builtShims(),
      folder: join(home, 'worker'),
      mailDir: join(home, 'mails'),
      publicDir: join(home, 'public'),
      port: await choosePort(0),
      environment: { SECRET: 'not in any file' },
    })
    return new TinyShop(home, workerd)
  }

  /** `on('KV', 'get', 'key')` is `await env.KV.get('key')` inside the Worker; what it throws comes back as text. */
  async on<Answer = unknown>(binding: string, verb: string, ...args: unknown[]): Promise<Answer> {
    const answer = await this.fetch('/do', {
      method: 'POST',
      body: JSON.stringify({ on: binding, verb, args }),
    })
    const { said, threw }: { said: Answer; threw?: string } = await answer.json()
    if (threw !== undefined) throw new Error(threw)
    return said
  }

  /** What the Worker wrote down, once `enough` says so. */
  async notes(enough: (notes: Note[]) => boolean): Promise<Note[]> {
    const until = performance.now() + 10_000
    for (;;) {
      const notes = await this.on<Note[]>('NOTEBOOK', 'read')
      if (enough(notes)) return notes
      if (performance.now() > until) throw new Error(`The notebook still says ${JSON.stringify(notes)}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.workerd.url}${path}`, init)
  }

  async close(): Promise<void> {
    await this.workerd.stop()
    await rm(this.folder, { recursive: true, force: true })
  }
}

export type Note = 'woke' | { cron: string } | { queue: string; messages: NotedMessage[] }
export interface NotedMessage {
  id: string
  attempts: number
  body: { name: string }
}

/** Every delivery of one message, in order: queue and attempt. */
export function deliveriesOf(notes: Note[], name: string): string[] {
  return notes.flatMap((note) =>
    typeof note === 'object' && 'queue' in note
      ? note.messages.filter(({ body }) => body.name === name).map(({ attempts }) => `${note.queue} ${attempts}`)
      : [],
  )
}
