/** The gateway alone on a bare workerd, in front of an origin that a test scripts in Node. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { builtShims } from '../../../local/runner/built.ts'
import { choosePort } from '../../../local/runner/ports.ts'
import { binary, ROOT } from '../../../local/runner/root.ts'
import { TINY_SETTINGS } from '../../../local/runner/testing/tiny-shop.ts'
import { Workerd } from '../../../local/runner/workerd.ts'

export interface Gateway {
  url: string
  /** Stops it and everything it left. */
  stop(): Promise<void>
}

let built: Promise<string> | undefined

/** The Worker's one module. Built once for all gateways of a test. */
async function build(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onrush-gateway-built-'))
  const config = join(ROOT, 'workers/gateway/testing/wrangler.toml')
  await promisify(execFile)(
    binary('node'),
    [binary('wrangler'), 'deploy', '--dry-run', '--config', config, '--outdir', folder],
    { cwd: ROOT, env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1', NO_COLOR: '1' } },
  )
  const module = await readFile(join(folder, 'alone.js'), 'utf8')
  await rm(folder, { recursive: true, force: true })
  return module
}

export async function startGateway(vars: Record<string, string>): Promise<Gateway> {
  const home = await mkdtemp(join(tmpdir(), 'onrush-gateway-'))
  await mkdir(join(home, 'public'))
  await mkdir(join(home, 'modules'))
  await writeFile(join(home, 'modules/index.js'), await (built ??= build()))
  const workerd = await Workerd.start({
    settings: {
      ...TINY_SETTINGS,
      vars: { ORIGIN_TAKES: '', ORIGIN_CACHE: 'colo, kv', ...vars },
      secrets: { required: [] },
      durable_objects: { bindings: [] },
      exports: {},
      kv_namespaces: [{ binding: 'SHELF', id: 'shelf' }],
      r2_buckets: [],
      send_email: [],
      queues: { producers: [], consumers: [] },
      triggers: { crons: [] },
    },
    modulesDir: join(home, 'modules'),
    shimsDir: await builtShims(),
    folder: join(home, 'worker'),
    mailDir: join(home, 'mails'),
    publicDir: join(home, 'public'),
    port: await choosePort(0),
    environment: {},
    isAlone: true,
  })
  return {
    url: workerd.url,
    stop: async () => {
      await workerd.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

export interface Seen {
  method: string
  url: string
  headers: http.IncomingHttpHeaders
  body: string
}

export type Script = (seen: Seen, answer: http.ServerResponse) => void | Promise<void>

/** A small shop of somebody else's, which writes down what it was asked. */
export class Origin {
  readonly seen: Seen[] = []
  script: Script = (_seen, answer) => void answer.end('from the origin')
  #server = http.createServer((request, answer) => void this.#listen(request, answer))

  #sockets = new Set<Socket>()

  async start(): Promise<string> {
    this.#server.on('connection', (socket) => this.#sockets.add(socket))
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get server(): http.Server {
    return this.#server
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  async #listen(request: http.IncomingMessage, answer: http.ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const seen = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }
    this.seen.push(seen)
    await this.script(seen, answer)
  }
}

export interface Heard {
  status: number
  headers: http.IncomingHttpHeaders
  body: Buffer
  isWhole: boolean
}

/** As raw as Node can be: nothing is added, followed or decoded. */
export const ask = (
  url: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Heard> =>
  new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      const heard = (isWhole: boolean): void =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks), isWhole })
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => heard(true))
      answer.on('error', () => heard(false))
    })
    request.on('error', reject)
    request.end(body)
  })
