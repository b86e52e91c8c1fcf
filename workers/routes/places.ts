/** Places in a drop's waiting room, and the passes they are exchanged for (workers/room.ts does the work). */
import { createRoute, z } from '@hono/zod-openapi'
import { isSlug } from '../../domain/catalog/slug.ts'
import { writeLetter } from '../mailbox-letters.ts'
import { bodyMayBeLeftOut } from '../middleware/limits/index.ts'
import { privateJson, refused } from '../replies.ts'
import { joinRoom, passFor, placeOf } from '../room.ts'
import { Pass, Place, PlaceRequest, ProofAsked, ProofRequest } from '../room-schemas.ts'
import { passOut, placeOut } from '../room-wire.ts'
import { answer, body, json, problems, router } from './endpoint.ts'

export const places = router()
const tags = ['Waiting room']
const byId = z.object({
  id: z.string().max(64).openapi({ description: 'The id of a place; only the visitor who took it sees it.' }),
})

answer(
  places,
  createRoute({
    method: 'post',
    path: '/drops/{slug}/places',
    middleware: bodyMayBeLeftOut,
    tags,
    summary: 'Take a place in the waiting room. Safe to repeat: one visitor, one place',
    request: {
      params: z.object({ slug: z.string().max(200) }),
      body: { required: false, content: { 'application/json': { schema: PlaceRequest } } },
    },
    responses: {
      200: json(Place, 'The place you have had already.'),
      201: json(Place, 'A new place: in the draw before the opening, at the end of the line after it.'),
      ...problems(400, 403, 404, 409, 413, 415, 429, 451, 503),
    },
  }),
  async (c) => {
    const { slug } = c.req.valid('param')
    if (!isSlug(slug)) return refused(c, { code: 'drop_not_found', drop: slug })
    const { email_proof: emailProof, challenge } = c.req.valid('json') ?? {}
    const joined = await joinRoom(c, slug, { emailProof, challenge })
    if (!joined.ok) return refused(c, joined.refusal)
    const { seen, isNew } = joined.value
    return privateJson(c, placeOut(seen), isNew ? 201 : 200, { location: `/api/v1/places/${seen.place.id}` })
  },
)

answer(
  places,
  createRoute({
    method: 'post',
    path: '/drops/{slug}/places/proofs',
    tags,
    summary: 'Ask for a letter that proves your mailbox, where a drop gives one lot for a mailbox',
    description:
      'The letter carries a code for `email_proof`, and a link that does the same in a browser, on any device. The answer is the same for every mailbox, whether it has a place or not. At most three letters an hour go to one mailbox of a drop; who asks for more is answered the same, and the last letter is still good. Safe to repeat.',
    request: { params: z.object({ slug: z.string().max(200) }), ...body(ProofRequest) },
    responses: {
      202: json(ProofAsked, 'Look into the mailbox.'),
      ...problems(400, 403, 404, 409, 413, 415, 429, 503),
    },
  }),
  async (c) => {
    const { slug } = c.req.valid('param')
    if (!isSlug(slug)) return refused(c, { code: 'drop_not_found', drop: slug })
    const written = await writeLetter(c, slug, c.req.valid('json'))
    if (!written.ok) return refused(c, written.refusal)
    return privateJson(c, { drop: slug, proof_duration_ms: written.value.goodForMs }, 202)
  },
)

answer(
  places,
  createRoute({
    method: 'get',
    path: '/places/{id}',
    tags,
    summary: 'See your place',
    description:
      'Rarely needed: once it has a `position` it keeps it. Poll `GET /drops/{slug}/now` instead and compare with `admitted_through`.',
    request: { params: byId },
    responses: { 200: json(Place, 'The place.'), ...problems(404, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const seen = await placeOf(c, id)
    return seen ? privateJson(c, placeOut(seen)) : refused(c, { code: 'place_not_found', place: id })
  },
)

answer(
  places,
  createRoute({
    method: 'post',
    path: '/places/{id}/pass',
    tags,
    summary: 'Exchange your place for a pass when it is your turn. Safe to repeat',
    description:
      'Send the pass as `Onrush-Pass` with `POST /holds`. It is good for one basket, for you alone, until `expires_at`.',
    request: { params: byId },
    responses: { 200: json(Pass, 'The pass; the same one when asked again.'), ...problems(404, 409, 503) },
  }),
  async (c) => {
    const passed = await passFor(c, c.req.valid('param').id)
    return passed.ok ? privateJson(c, passOut(passed.value)) : refused(c, passed.refusal)
  },
)
