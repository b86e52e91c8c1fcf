/**
 * Stands in front of the product's own handlers, in the same isolate: what the platform does before it runs a Worker.
 * Paths of public/ go to the assets, everything else straight to the Worker, with no hop in between.
 *
 * Two headers let a test say what on the platform only the network knows: `onrush-local-cf` (JSON laid over request.cf)
 * and `onrush-local-ip` (CF-Connecting-IP). They exist on a laptop only: this file is no part of the bundle.
 */
/** What request.cf says of every visitor until a test says otherwise. */
const HERE = {
  colo: 'LOC',
  country: 'DE',
  continent: 'EU',
  city: 'Berlin',
  timezone: 'Europe/Berlin',
  httpProtocol: 'HTTP/1.1',
}

interface Bindings {
  ASSETS?: Fetcher
}

interface Handlers {
  fetch(request: Request, env: Bindings, ctx: ExecutionContext): Response | Promise<Response>
}

/** The same handlers, with the platform's front door before fetch. `paths` are those of the assets. */
export function inFront<Worker extends Handlers>(worker: Worker, paths: readonly string[]): Worker {
  const assets = new Set(paths)
  return {
    ...worker,
    fetch(request: Request, env: Bindings, ctx: ExecutionContext): Response | Promise<Response> {
      if (env.ASSETS !== undefined && (request.method === 'GET' || request.method === 'HEAD')) {
        if (assets.has(pathOf(request.url))) return env.ASSETS.fetch(request)
      }
      return worker.fetch(asAsked(request), env, ctx)
    },
  }
}

/** Laid over the request itself: a copy for every request would cost more than all the rest of this file. */
function asAsked(request: Request): Request {
  const place = request.headers.get('onrush-local-cf')
  const cf: unknown = place === null ? HERE : { ...HERE, ...JSON.parse(place) }
  Object.defineProperty(request, 'cf', { value: cf, configurable: true })
  const ip = request.headers.get('onrush-local-ip')
  if (ip === null) return request
  const headers = new Headers(request.headers)
  headers.set('cf-connecting-ip', ip)
  return Object.defineProperty(request, 'headers', { value: headers, configurable: true })
}

/** Cut, not parsed: this runs for every request. */
function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2)
  const query = url.indexOf('?', start)
  return query === -1 ? url.slice(start) : url.slice(start, query)
}
