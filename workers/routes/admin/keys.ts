/**
 * Operators' keys. A new key is shown once and kept only as its digest, here as anywhere: the remembered answer must not
 * hold it either. So a key is derived from the request's own Idempotency-Key, and a repeat derives it again.
 */
import { createRoute, z } from '@hono/zod-openapi'
import { assert } from '../../../domain/basics/assert.ts'
import type { Random } from '../../../domain/basics/random.ts'
import { SCOPES, newOperatorKey, type ApiKey } from '../../../domain/store/operator-key.ts'
import { newId } from '../../../domain/basics/ids.ts'
import { findApiKey, keepApiKey, listApiKeys, revokeApiKey } from '../../../platform/postgres/api-keys.ts'
import type { Asked } from '../../context.ts'
import { answerDesk } from '../../desks.ts'
import { privateJson, refused, replayed } from '../../replies.ts'
import { Instant, text } from '../../schemas.ts'
import { database } from '../../sessions.ts'
import { mac } from '../../signing.ts'
import { instantOut, maybeInstantOut } from '../../wire.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { audit, birth, needs, needsKey, takes } from './operating.ts'

export const keys = router()
const tags = ['Operating the shop']

const Key = z
  .object({
    id: z.string(),
    name: z.string(),
    hint: z.string().openapi({ description: 'How the key begins, to tell it from others.' }),
    scopes: z.array(z.string()),
    created_at: Instant,
    revoked_at: Instant.nullable(),
  })
  .openapi('Key')

const KeyRequest = z
  .strictObject({
    name: text(100),
    scopes: z.array(z.enum(SCOPES)).min(1).max(20),
    mode: z.enum(['live', 'test']).optional(),
  })
  .openapi('KeyRequest')

const NewKey = z
  .object({
    id: z.string(),
    name: z.string(),
    hint: z.string(),
    scopes: z.array(z.string()),
    key: z.string().openapi({ description: 'Shown only in this answer.' }),
  })
  .openapi('NewKey')

answer(
  keys,
  createRoute({
    method: 'get',
    path: '/keys',
    tags,
    summary: 'List keys, revoked ones too',
    ...needs('keys:write'),
    responses: {
      200: json(z.object({ data: z.array(Key), next_cursor: z.null() }), 'Newest first.'),
      ...problems(401, 403, 503),
    },
  }),
  async (c) => {
    const all = await listApiKeys(database(c).read('primary'), c.var.visit.storeId)
    return privateJson(c, { data: all.map(keyOut), next_cursor: null })
  },
)

answer(
  keys,
  createRoute({
    method: 'post',
    path: '/keys',
    tags,
    summary: 'Issue a key',
    ...needsKey('keys:write'),
    ...takes(KeyRequest),
    responses: {
      201: json(NewKey, 'Issued. Keep it: it is not shown again.'),
      ...problems(400, 401, 403, 409, 413, 415, 422, 503),
    },
  }),
  async (c) => {
    const { name, scopes, mode } = c.req.valid('json')
    const beyond = scopes.find((scope) => !covers(c.var.operator.scopes, scope))
    // Or any key that may issue keys could make itself one that may do everything.
    if (beyond !== undefined) return refused(c, { code: 'scope_missing', required: beyond })
    const begun = await begin(c)
    if (!begun.ok) return refused(c, begun.refusal)
    const { storeId } = c.var.visit
    const key = newOperatorKey(mode ?? 'live', await diceOf(c))
    if (!begun.isReplay) {
      const { now, random } = birth(c)
      const writer = database(c).write()
      const id = newId('key', now, random)
      await keepApiKey(writer, storeId, { id, key, name, scopes })
      await audit(c, writer, { action: 'key.issued', subject: id, facts: { name, scopes: scopes.join(' ') } })
      await begun.finish()
    }
    // Read back: an attempt that died after keeping the key has given it its id.
    const kept = await findApiKey(database(c).read('primary'), key)
    if (!kept) return refused(c, { code: 'not_found', what: 'the key; it was revoked meanwhile' })
    const response = privateJson(c, { id: kept.id, name: kept.name, hint: kept.hint, scopes: kept.scopes, key }, 201)
    return begun.isReplay ? replayed(response) : response
  },
)

answer(
  keys,
  createRoute({
    method: 'delete',
    path: '/keys/{id}',
    tags,
    summary: 'Revoke a key. Opens nothing any more within five seconds. Safe to repeat',
    ...needs('keys:write'),
    request: { params: z.object({ id: z.string().max(64) }) },
    responses: { 204: { description: 'Revoked.' }, ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const writer = database(c).write()
    const revoked = await revokeApiKey(writer, c.var.visit.storeId, id)
    if (!revoked) return refused(c, { code: 'not_found', what: id })
    await audit(c, writer, { action: 'key.revoked', subject: id, facts: {} })
    return new Response(null, { status: 204, headers: { 'cache-control': 'private, no-store' } })
  },
)

/** As middleware/idempotency does it, but what is remembered is only that the key was used, and for what. */
async function begin(c: Asked) {
  const { key, fingerprint } = c.var.once
  const { storeId, requestId, random } = c.var.visit
  const scope = `key:${c.var.operator.keyId} POST keys ${key}`
  const asking = { key: scope, fingerprint, attempt: `${requestId} ${random.fraction()}` }
  const desk = answerDesk(c.env, storeId, scope)
  const begun = await desk.begin(asking)
  if (!begun.ok) return begun
  const finish = () => desk.finish(asking, { status: 201, headers: [], body: new ArrayBuffer(0) })
  return { ok: true as const, isReplay: begun.value.kind === 'replay', finish }
}

/** Dice that fall the same for the same request. 256 bytes are eight times what a key draws. */
async function diceOf(c: Asked): Promise<Random> {
  const { storeId } = c.var.visit
  const about = `operator-key\n${storeId}\n${c.var.operator.keyId}\n${c.var.once.key}\n${c.var.once.fingerprint}`
  const throws = await Promise.all(Array.from({ length: 8 }, (_, i) => mac(c.env.SIGNING_KEY, `${about}\n${i}`)))
  const pool = Uint8Array.from(throws.flatMap((bytes) => [...bytes]))
  let used = 0
  return {
    fraction: () => 0,
    bytes: (count) => {
      assert(used + count <= pool.length, 'a key draws less than what was thrown')
      return pool.subarray(used, (used += count))
    },
  }
}

const covers = (scopes: readonly string[], wanted: string): boolean => scopes.includes('*') || scopes.includes(wanted)

const keyOut = (key: ApiKey): z.infer<typeof Key> => ({
  id: key.id,
  name: key.name,
  hint: key.hint,
  scopes: key.scopes,
  created_at: instantOut(key.createdAt),
  revoked_at: maybeInstantOut(key.revokedAt),
})
