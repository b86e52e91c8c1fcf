/**
 * Who is invited to a drop: presale codes of one or many uses, and a personal code for each address of a list. Ours can be
 * told again at any time, since they are derived from their batch; those that the operator brought are kept as digests.
 */
import { createRoute, z } from '@hono/zod-openapi'
import { newId } from '../../../domain/basics/ids.ts'
import {
  BATCH_MAX,
  type InvitationBatchDraft,
  type PlannedBatch,
  type PlannedInvitation,
} from '../../../domain/invitation/batch.ts'
import { INVITATION_OBJECTS, hintOfCode, plainCode } from '../../../domain/invitation/code.ts'
import type { Drop } from '../../../domain/drop/drop.ts'
import { findDrop } from '../../../platform/postgres/drops.ts'
import {
  findBatch,
  listBatches,
  putBatch,
  revokeInvitations,
  type Revoking,
} from '../../../platform/postgres/invitations.ts'
import type { Writer } from '../../../platform/postgres/writing.ts'
import { codesOfBatch, digestOfCode } from '../../admission/codes.ts'
import type { Asked } from '../../context.ts'
import { invitationDesk } from '../../desks.ts'
import { turnedAway } from '../../doorstep.ts'
import { keyed } from '../../middleware/idempotency/index.ts'
import { readBody } from '../../middleware/limits/index.ts'
import { may } from '../../middleware/operator/index.ts'
import type { FieldError } from '../../problems.ts'
import { privateJson, refused, replayed } from '../../replies.ts'
import { Instant, page, text } from '../../schemas.ts'
import { database, leaveBookmark, reading } from '../../sessions.ts'
import { mac } from '../../signing.ts'
import { instantIn, instantOut, maybeInstantOut } from '../../wire.ts'
import { KEY_PARAMETER, answer, json, problems, router } from '../endpoint.ts'
import { audit, needs, needsKey, publishNow, security, takes } from './operating.ts'

export const invitations = router()
/** Lists of codes and addresses are longer than JSON may be here; they bring a limit of their own. */
export const invitationLists = router()

const tags = ['Operating drops and stock']
const params = z.object({ id: z.string().max(200).openapi({ description: 'The drop’s id or slug.' }) })
const ofBatch = params.extend({ batch: z.string().max(64) })

const CODES_A_PAGE = 1_000
const LIST_BYTES_MAX = 1_000_000

const Batch = z
  .object({
    id: z.string(),
    drop_id: z.string(),
    note: z.string(),
    opens_at: Instant.nullable().openapi({ description: 'Null: with the drop.' }),
    ends_at: Instant.nullable().openapi({ description: 'Null: as long as the drop.' }),
    uses_max: z.int().openapi({ description: 'Visitors who may redeem one code.' }),
    count: z.int(),
    revoked: z.int(),
    created_at: Instant,
    revoked_at: Instant.nullable(),
  })
  .openapi('InvitationBatch')

const InvitationOut = z
  .object({
    position: z.int(),
    code: z.string().nullable().openapi({ description: 'Null: the operator brought it, and it is not kept.' }),
    url: z.string().nullable().openapi({ description: 'The drop’s page with the code filled in, for a letter.' }),
    hint: z.string(),
    email: z.string().nullable(),
    revoked_at: Instant.nullable(),
  })
  .openapi('PlannedInvitation')

const told = z.boolean().openapi({
  description: 'Whether the objects that judge the codes have heard; else they are told within ten minutes.',
})
const NewBatch = Batch.extend({ told, invitations: z.array(InvitationOut) }).openapi('NewInvitationBatch')
const RevokedBatch = Batch.extend({ told }).openapi('RevokedInvitationBatch')
const BatchPage = Batch.extend({ redeemed: z.int(), ...page(InvitationOut).shape }).openapi('InvitationBatchPage')

const window = {
  note: text(200, 0).optional(),
  opens_at: Instant.nullish().openapi({ description: 'When they open the drop; left out: with the drop.' }),
  ends_at: Instant.nullish(),
}
const uses = z.int().min(1).max(1_000_000)

const BatchRequest = z
  .strictObject({
    ...window,
    uses_max: uses.optional(),
    count: z.int().min(1).max(BATCH_MAX).optional().openapi({ description: 'Makes so many codes.' }),
    codes: z.array(z.string().max(200)).min(1).max(1_000).optional().openapi({ description: 'Takes these codes.' }),
    emails: z
      .array(z.email().max(254))
      .min(1)
      .max(1_000)
      .optional()
      .openapi({ description: 'Makes a personal code for each of these addresses.' }),
  })
  .refine(({ count, codes, emails }) => [count, codes, emails].filter((one) => one !== undefined).length === 1, {
    message: 'say one of count, codes and emails',
    path: ['count'],
  })
  .openapi('InvitationBatchRequest')

type Wish = { note: string; opensAt: number | null; endsAt: number | null; usesMax: number }
type Contents = { count: number } | { codes: string[] } | { emails: string[] }

answer(
  invitations,
  createRoute({
    method: 'post',
    path: '/drops/{id}/invitations',
    tags,
    summary: 'Invite to a drop: make codes, bring codes, or list addresses',
    description:
      'Up to 10,000 codes are made in one call; up to 1,000 are brought, or addresses listed. Longer lists: `POST /drops/{id}/invitations/list`.',
    ...needsKey('catalog:write'),
    request: { params, ...takes(BatchRequest).request },
    responses: {
      201: json(NewBatch, 'Planned, and told to the drop’s objects.'),
      ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
    },
  }),
  (c) => {
    const { note, opens_at, ends_at, uses_max, count, codes, emails } = c.req.valid('json')
    const wish = {
      ...{ note: note ?? '', usesMax: uses_max ?? 1 },
      opensAt: opens_at ? instantIn(opens_at) : null,
      endsAt: ends_at ? instantIn(ends_at) : null,
    }
    const contents = codes ? { codes } : emails ? { emails } : { count: count ?? 0 }
    return planned(c, c.req.valid('param').id, wish, contents)
  },
)

answer(
  invitationLists,
  createRoute({
    method: 'post',
    path: '/drops/{id}/invitations/list',
    tags,
    summary: 'Bring a long list of codes or addresses, one a line',
    description: 'A body of `text/plain`, up to 10,000 lines and 1 MB. `kind` says what stands in a line.',
    security,
    parameters: [KEY_PARAMETER],
    middleware: [
      may('catalog:write'),
      async (c, next) => {
        const type = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
        const read = await readBody(c.req.raw, LIST_BYTES_MAX)
        if (!read.ok) return turnedAway(c, read.refusal)
        // A body has to be read before its key may be looked at, and its key comes before everything else that is wrong.
        Object.assign(c.req.bodyCache, { text: Promise.resolve(new TextDecoder().decode(read.value)), type })
        return next()
      },
      keyed,
    ] as const,
    request: {
      params,
      query: z.object({
        kind: z.enum(['codes', 'emails']).default('codes'),
        note: text(200, 0).optional(),
        opens_at: Instant.optional(),
        ends_at: Instant.optional(),
        uses_max: z.coerce.number().pipe(uses).optional(),
      }),
      body: { content: { 'text/plain': { schema: z.string() } } },
    },
    responses: {
      201: json(NewBatch, 'Planned, and told to the drop’s objects.'),
      ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
    },
  }),
  async (c) => {
    if (!/^text\/plain\s*(;|$)/i.test(c.req.header('content-type') ?? '')) {
      return refused(c, { code: 'unsupported_media_type', accepted: ['text/plain'] })
    }
    const { kind, note, opens_at, ends_at, uses_max } = c.req.valid('query')
    const lines = (await c.req.text())
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '')
    if (lines.length === 0 || lines.length > BATCH_MAX) {
      return refused(c, {
        code: 'invalid_request',
        errors: [{ pointer: '', problem: `must have from 1 to ${BATCH_MAX} lines, not ${lines.length}` }],
      })
    }
    const wish = {
      ...{ note: note ?? '', usesMax: uses_max ?? 1 },
      opensAt: opens_at ? instantIn(opens_at) : null,
      endsAt: ends_at ? instantIn(ends_at) : null,
    }
    return planned(c, c.req.valid('param').id, wish, kind === 'codes' ? { codes: lines } : { emails: lines })
  },
)

answer(
  invitations,
  createRoute({
    method: 'get',
    path: '/drops/{id}/invitations',
    tags,
    summary: 'List a drop’s batches of invitations',
    ...needs('catalog:read'),
    request: { params },
    responses: {
      200: json(z.object({ data: z.array(Batch), next_cursor: z.null() }), 'Newest first.'),
      ...problems(401, 403, 404, 503),
    },
  }),
  async (c) => {
    const drop = await theDrop(c, c.req.valid('param').id)
    if (!drop) return refused(c, { code: 'drop_not_found', drop: c.req.valid('param').id })
    const batches = await listBatches(await reading(c), c.var.visit.storeId, drop.id)
    return privateJson(c, { data: batches.map(batchOut), next_cursor: null })
  },
)

answer(
  invitations,
  createRoute({
    method: 'get',
    path: '/drops/{id}/invitations/{batch}',
    tags,
    summary: 'See a batch, its codes, and how many were redeemed',
    // Who sees the codes may come in, so reading is not enough.
    ...needs('catalog:write'),
    request: { params: ofBatch, query: z.object({ cursor: z.string().max(20).optional() }) },
    responses: { 200: json(BatchPage, 'A thousand codes at a time.'), ...problems(400, 401, 403, 404, 503) },
  }),
  async (c) => {
    const { id, batch: batchId } = c.req.valid('param')
    const { cursor } = c.req.valid('query')
    if (cursor !== undefined && !/^\d{1,6}$/.test(cursor)) return refused(c, { code: 'cursor_not_valid' })
    const drop = await theDrop(c, id)
    if (!drop) return refused(c, { code: 'drop_not_found', drop: id })
    const { storeId } = c.var.visit
    const after = cursor === undefined ? -1 : Number(cursor)
    const about = { dropId: drop.id, batchId, after, limit: CODES_A_PAGE }
    const found = await findBatch(await reading(c), storeId, about)
    if (!found) return refused(c, { code: 'not_found', what: batchId })
    const { batch, invitations: rows } = found
    const shards = Array.from({ length: INVITATION_OBJECTS }, (_, shard) => shard)
    const used = await Promise.all(shards.map((shard) => invitationDesk(c.env, storeId, drop.id, shard).uses(batchId)))
    return privateJson(c, {
      ...batchOut(batch),
      redeemed: used.reduce((sum, one) => sum + one, 0),
      data: await invitationsOut(c, drop, batch, rows),
      next_cursor: rows.length === CODES_A_PAGE ? String(rows.at(-1)!.position) : null,
    })
  },
)

answer(
  invitations,
  createRoute({
    method: 'post',
    path: '/drops/{id}/invitations/{batch}/revoke',
    tags,
    summary: 'Take invitations back: all of a batch, or some. Safe to repeat',
    description:
      'Nobody redeems them any more at once. Who has redeemed one already loses it for new holds within a minute. Units that are held or ordered stay so.',
    ...needs('catalog:write'),
    request: {
      params: ofBatch,
      ...takes(
        z
          .strictObject({
            codes: z.array(z.string().max(200)).max(1_000).optional(),
            emails: z.array(z.string().max(254)).max(1_000).optional(),
          })
          .openapi('RevocationRequest', { description: 'Neither: the whole batch.' }),
      ).request,
    },
    responses: { 200: json(RevokedBatch, 'Taken back.'), ...problems(400, 401, 403, 404, 413, 415, 503) },
  }),
  async (c) => {
    const { id, batch: batchId } = c.req.valid('param')
    const drop = await theDrop(c, id)
    if (!drop) return refused(c, { code: 'drop_not_found', drop: id })
    const which = await revokingIn(c, drop, c.req.valid('json'))
    const writer = database(c).write()
    const batch = await revokeInvitations(writer, c.var.visit.storeId, { dropId: drop.id, batchId, which })
    if (!batch) return refused(c, { code: 'not_found', what: batchId })
    const isTold = await afterPlanning(c, writer, 'invitations.revoked', batch)
    return privateJson(c, { ...batchOut(batch), told: isTold })
  },
)

async function revokingIn(
  c: Asked,
  drop: Drop,
  { codes, emails }: { codes?: string[] | undefined; emails?: string[] | undefined },
): Promise<Revoking> {
  if (!codes && !emails) return 'all'
  const plain = (codes ?? []).flatMap((code) => plainCode(code) ?? [])
  return {
    digests: await Promise.all(plain.map((code) => digestOfCode(c.var.visit.storeId, drop.id, code))),
    emails: (emails ?? []).map((email) => email.trim().toLowerCase()),
  }
}

async function planned(c: Asked, idOrSlug: string, wish: Wish, contents: Contents): Promise<Response> {
  const drop = await theDrop(c, idOrSlug)
  if (!drop) return refused(c, { code: 'drop_not_found', drop: idOrSlug })
  const errors = mistakesIn(wish, contents)
  if (errors.length > 0) return refused(c, { code: 'invalid_request', errors })
  const { storeId } = c.var.visit
  const draft = await draftOf(c, drop, wish, contents)
  const writer = database(c).write()
  const put = await putBatch(writer, storeId, draft)
  if (!put.ok) return refused(c, put.refusal)
  const { batch, isNew } = put.value
  const isTold = await (isNew ? afterPlanning(c, writer, 'invitations.planned', batch) : publishNow(c, batch.id))
  const rows = draft.invitations.map(({ hint, email }, position) => ({ position, hint, email, revokedAt: null }))
  const response = privateJson(
    c,
    { ...batchOut(batch), told: isTold, invitations: await invitationsOut(c, drop, batch, rows) },
    201,
    { location: `/api/v1/admin/drops/${drop.id}/invitations/${batch.id}` },
  )
  return isNew ? response : replayed(response)
}

function mistakesIn({ opensAt, endsAt }: Wish, contents: Contents): FieldError[] {
  const errors: FieldError[] = []
  if (opensAt !== null && endsAt !== null && endsAt <= opensAt) {
    errors.push({ pointer: '/ends_at', problem: 'Invitations end after they open.' })
  }
  const [list, isRight, problem] =
    'codes' in contents
      ? [contents.codes, (code: string) => plainCode(code) !== null, 'must be 4 to 64 letters and digits']
      : 'emails' in contents
        ? [contents.emails, (email: string) => z.email().max(254).safeParse(email).success, 'must be an e-mail address']
        : [[], () => true, '']
  const field = 'codes' in contents ? 'codes' : 'emails'
  for (const [i, one] of list.entries()) {
    if (errors.length < 50 && !isRight(one)) errors.push({ pointer: `/${field}/${i}`, problem })
  }
  return errors
}

/** The same request makes the same batch, with the same codes: its id comes from the key, its codes from its id. */
async function draftOf(c: Asked, drop: Drop, wish: Wish, contents: Contents): Promise<InvitationBatchDraft> {
  const { storeId } = c.var.visit
  const { key, fingerprint } = c.var.once
  const chance = await mac(c.env.SIGNING_KEY, `invitations\n${storeId}\n${c.var.operator.keyId}\n${key}`)
  const id = newId('inv', 0, { fraction: () => 0, bytes: (count) => chance.subarray(0, count) })
  const isMade = !('codes' in contents)
  const emails = 'emails' in contents ? [...new Set(contents.emails.map((email) => email.toLowerCase()))] : []
  const count = 'count' in contents ? contents.count : emails.length
  const plain = isMade
    ? (await codesOfBatch(c.env.SIGNING_KEY, { storeId, batchId: id, from: 0, count })).map((code) => plainCode(code)!)
    : [...new Set(contents.codes.map((code) => plainCode(code)!))]
  const digests = await Promise.all(plain.map((code) => digestOfCode(storeId, drop.id, code)))
  return {
    ...{ ...wish, id, dropId: drop.id, isMade, fingerprint },
    invitations: plain.map((code, i) => ({ digest: digests[i]!, hint: hintOfCode(code), email: emails[i] ?? null })),
  }
}

async function afterPlanning(c: Asked, writer: Writer, action: string, batch: PlannedBatch): Promise<boolean> {
  const isTold = await publishNow(c, batch.id)
  await audit(c, writer, { action, subject: batch.id, facts: { drop: batch.dropId, count: batch.count } })
  await leaveBookmark(c, writer)
  return isTold
}

/** From the primary: who has just planned a drop invites to it. */
const theDrop = async (c: Asked, idOrSlug: string): Promise<Drop | null> =>
  (await findDrop(database(c).read('primary'), c.var.visit.storeId, idOrSlug))?.drop ?? null

const batchOut = (batch: PlannedBatch): z.infer<typeof Batch> => ({
  id: batch.id,
  drop_id: batch.dropId,
  note: batch.note,
  opens_at: maybeInstantOut(batch.opensAt),
  ends_at: maybeInstantOut(batch.endsAt),
  uses_max: batch.usesMax,
  count: batch.count,
  revoked: batch.revoked,
  created_at: instantOut(batch.createdAt),
  revoked_at: maybeInstantOut(batch.revokedAt),
})

async function invitationsOut(
  c: Asked,
  drop: Drop,
  batch: PlannedBatch,
  rows: readonly PlannedInvitation[],
): Promise<z.infer<typeof InvitationOut>[]> {
  const { storeId, publicOrigin } = c.var.visit
  const asked = { storeId, batchId: batch.id, from: rows[0]?.position ?? 0, count: rows.length }
  const codes = batch.isMade ? await codesOfBatch(c.env.SIGNING_KEY, asked) : []
  return rows.map(({ position, hint, email, revokedAt }, i) => ({
    ...{ position, hint, email },
    code: codes[i] ?? null,
    url: codes[i] === undefined ? null : `${publicOrigin}/drops/${drop.slug}?invitation=${codes[i]}`,
    revoked_at: maybeInstantOut(revokedAt),
  }))
}
