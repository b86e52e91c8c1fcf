/** What others would do with the same route and the same data: Hono and Postgres without a cache, and nginx with one. */
import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { choosePort } from '../../local/runner/ports.ts'
import { ROOT } from '../../local/runner/root.ts'

/** Something that can be asked, and whose CPU can be read. */
export interface Target {
  url: string
  pids: number[]
}

export interface Plain extends Target {
  /** From then on it knows products. */
  connect(databaseUrl: string, storeId: string): Promise<void>
  stop(): void
}

export async function startPlain(): Promise<Plain> {
  const child = fork(join(ROOT, 'bench/plain/server.ts'), { execArgv: ['--disable-warning=ExperimentalWarning'] })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return {
    url: `http://127.0.0.1:${port}`,
    pids: [child.pid ?? 0],
    async connect(databaseUrl, storeId) {
      child.send({ databaseUrl, storeId })
      await once(child, 'message')
    },
    stop: () => void child.kill(),
  }
}

/** nginx with proxy_cache in front of `origin`; null where it is not installed. */
export async function startNginx(origin: string, folder: string): Promise<(Target & { stop(): void }) | null> {
  if (!isInstalled()) return null
  const port = await choosePort(0)
  const home = join(folder, 'nginx')
  await mkdir(home, { recursive: true })
  await writeFile(join(home, 'nginx.conf'), configured(home, port, origin))
  const child = spawn('nginx', ['-p', home, '-c', join(home, 'nginx.conf')], { stdio: 'ignore' })
  await untilItAnswers(`http://127.0.0.1:${port}/origin/hello`, child)
  return { url: `http://127.0.0.1:${port}`, pids: [child.pid ?? 0], stop: () => void child.kill() }
}

function isInstalled(): boolean {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** One process, as ours is one: workers would have a core each. */
const configured = (home: string, port: number, origin: string): string => `
daemon off;
master_process off;
pid ${home}/nginx.pid;
error_log ${home}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${home}/body; proxy_temp_path ${home}/proxy;
  fastcgi_temp_path ${home}/f; uwsgi_temp_path ${home}/u; scgi_temp_path ${home}/s;
  proxy_cache_path ${home}/cache keys_zone=all:10m;
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass ${origin}; proxy_cache all; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`

async function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100 && child.exitCode === null; tries += 1) {
    const answer = await fetch(url).catch(() => null)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('nginx does not answer.')
}
