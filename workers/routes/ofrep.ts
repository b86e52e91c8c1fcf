/**
 * OFREP, the OpenFeature Remote Evaluation Protocol 0.3.0 (github.com/open-feature/protocol): so that an existing shop, in
 * any language that has an OpenFeature client, shows its visitors what ours would see. Errors are in the protocol's form.
 *
 * Anybody may ask, and nothing is counted of it. Whoever shows an operator's key with `experiments:evaluate` is a server
 * that shows what it asks: then an answer about one flag counts as an exposure of its `targetingKey`. Orders are counted
 * for it where it is the id of our visitor. A bulk answer is never counted, since most of it is never shown.
 */
import { z } from '@hono/zod-openapi'
import type { Asker, Device } from '../../domain/experiment/asker.ts'
import { isRobot } from '../../domain/experiment/asker.ts'
import { evaluateFlag, flagKeysOf } from '../../domain/experiment/flags.ts'
import { bornAtOf } from '../../domain/basics/ids.ts'
import { mayDo } from '../../domain/store/operator-key.ts'
import { matches, tagOf } from '../conditional.ts'
import type { Asked } from '../context.ts'
import { knownExperiments } from '../experiments/deciding.ts'
import { countExposures } from '../experiments/exposures.ts'
import { readBody } from '../middleware/limits/index.ts'
import { keyShown } from '../middleware/operator/index.ts'
import { json, router } from './endpoint.ts'

export const ofrep = router()

const BYTES_MOST = 64 * 1024
const KEY_MOST = 200

type ErrorCode = 'PARSE_ERROR' | 'TARGETING_KEY_MISSING' | 'INVALID_CONTEXT' | 'GENERAL' | 'FLAG_NOT_FOUND'
type Context = Record<string, unknown> & { targetingKey: string }

ofrep.post('/flags/:key', async (c) => {
  const key = c.req.param('key')
  const standing = await standingOf(c)
  if (standing instanceof Response) return standing
  const context = await contextOf(c)
  if (typeof context === 'string') return said({ key, errorCode: context, errorDetails: WHY[context] }, 400)
  const experiments = await knownExperiments(c)
  const evaluated = evaluateFlag(key, askerIn(context), experiments)
  if (!evaluated) return said({ key, errorCode: 'FLAG_NOT_FOUND', errorDetails: WHY.FLAG_NOT_FOUND }, 404)
  const { experiment, variation, flag } = evaluated
  if (standing === 'server' && variation !== null) {
    countExposures(c, context.targetingKey, [{ experiment, variation, isForced: false }])
  }
  return said(flag)
})

ofrep.post('/flags', async (c) => {
  const standing = await standingOf(c)
  if (standing instanceof Response) return standing
  const context = await contextOf(c)
  if (typeof context === 'string') return said({ errorCode: context, errorDetails: WHY[context] }, 400)
  const experiments = await knownExperiments(c)
  const asker = askerIn(context)
  const flags = flagKeysOf(experiments).map((key) => evaluateFlag(key, asker, experiments)!.flag)
  const body = JSON.stringify({ flags })
  const etag = await tagOf(body)
  const headers = { etag, 'cache-control': 'private, no-cache', 'content-type': 'application/json' }
  const isSame = matches(c.req.header('if-none-match') ?? null, etag)
  return new Response(isSame ? null : body, { status: isSame ? 304 : 200, headers })
})

const said = (body: object, status = 200): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'private, no-store' },
  })

const WHY: Record<ErrorCode, string> = {
  PARSE_ERROR: 'The body is not one JSON object of at most 64 KiB.',
  INVALID_CONTEXT: 'The body needs an object `context`.',
  TARGETING_KEY_MISSING: `The context needs a \`targetingKey\`: a text of 1 to ${KEY_MOST} letters.`,
  FLAG_NOT_FOUND: 'No experiment that was ever started has this key, or none of its variations this parameter.',
  GENERAL: 'Something went wrong here.',
}

/** A key that is shown must open something; without one there is no harm in asking. */
async function standingOf(c: Asked): Promise<'anybody' | 'server' | Response> {
  const bearer = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  const shown = bearer ?? c.req.header('x-api-key') ?? c.req.header('authorization')
  if (shown === undefined) return 'anybody'
  const key = await keyShown(c, shown)
  if (!key) return said({ errorDetails: 'This operator key does not open anything.' }, 401)
  if (!mayDo(key, 'experiments:evaluate')) return said({ errorDetails: 'The key lacks experiments:evaluate.' }, 403)
  return 'server'
}

async function contextOf(c: Asked): Promise<Context | ErrorCode> {
  const read = await readBody(c.req.raw, BYTES_MOST)
  const body = read.ok ? parsed(new TextDecoder().decode(read.value)) : undefined
  if (!isObject(body)) return 'PARSE_ERROR'
  const { context } = body
  if (!isObject(context)) return 'INVALID_CONTEXT'
  const { targetingKey } = context
  if (typeof targetingKey !== 'string' || targetingKey === '' || targetingKey.length > KEY_MOST) {
    return 'TARGETING_KEY_MISSING'
  }
  return { ...context, targetingKey }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What the client says of its visitor. What it leaves out fits no audience that asks for it. */
function askerIn(context: Context): Asker {
  const text = (name: string): string | null => (typeof context[name] === 'string' ? context[name] : null)
  const { targetingKey: visitorId } = context
  const device = text('device')
  return {
    visitorId,
    bornAt: bornAtOf('vis', visitorId) || null,
    market: text('market'),
    country: text('country'),
    language: text('language'),
    device: isDevice(device) ? device : 'desktop',
    isRobot: text('userAgent') !== null && isRobot(text('userAgent')),
    drop: text('drop'),
  }
}

const isDevice = (text: string | null): text is Device => text === 'phone' || text === 'tablet' || text === 'desktop'

const Value = z.union([z.string(), z.number(), z.boolean(), z.record(z.string(), z.unknown())])
const FlagOut = z
  .object({
    key: z.string(),
    reason: z.enum(['SPLIT', 'STATIC', 'DISABLED']),
    variant: z.string().optional(),
    value: Value.optional(),
    metadata: z.record(z.string(), z.string()),
  })
  .openapi('Flag')
const FlagFailure = z
  .object({ key: z.string().optional(), errorCode: z.string().optional(), errorDetails: z.string().optional() })
  .openapi('FlagFailure')
const Question = z.object({ context: z.record(z.string(), z.unknown()) }).openapi('FlagContext')

const failures = {
  400: json(FlagFailure, 'The body or its context cannot be used.'),
  401: json(FlagFailure, 'A key was shown that opens nothing.'),
  403: json(FlagFailure, 'A key was shown that lacks `experiments:evaluate`.'),
}
const asked = { body: { required: true, content: { 'application/json': { schema: Question } } } }

// Written down by hand: a schema that refused a body would answer in our words and not in the protocol's.
ofrep.openAPIRegistry.registerPath({
  method: 'post',
  path: '/flags/{key}',
  tags: ['Experiments'],
  summary: 'Evaluate one flag (OFREP). Counted as an exposure when an operator key is shown',
  request: { params: z.object({ key: z.string() }), ...asked },
  responses: { 200: json(FlagOut, 'Evaluated.'), ...failures, 404: json(FlagFailure, 'There is no such flag.') },
})
ofrep.openAPIRegistry.registerPath({
  method: 'post',
  path: '/flags',
  tags: ['Experiments'],
  summary: 'Evaluate all flags (OFREP). Never counted',
  request: asked,
  responses: {
    200: json(z.object({ flags: z.array(FlagOut) }), 'All of them, with an `ETag`.'),
    304: { description: 'Nothing has changed since `If-None-Match`.' },
    ...failures,
  },
})
