/** What travels to and from a waiting room, as schemas (workers/schemas.ts says how they are used). */
import { z } from '@hono/zod-openapi'
import { DropStatus } from './catalog-schemas.ts'
import { Instant } from './schemas.ts'

const Hex = z.string().regex(/^[0-9a-f]*$/)

export const PlaceRequest = z
  .strictObject({
    email_proof: z
      .string()
      .max(200)
      .optional()
      .openapi({ description: 'Where the drop gives one lot for a mailbox: the code from the letter.' }),
    email: z
      .email()
      .max(254)
      .optional()
      .openapi({ deprecated: true, description: 'Of no effect: an address alone proves no mailbox.' }),
    challenge: z
      .string()
      .max(2048)
      .optional()
      .openapi({ description: 'The bot challenge’s token, where one is asked.' }),
  })
  .openapi('PlaceRequest')

export const ProofRequest = z
  .strictObject({
    email: z.email().max(254).openapi({
      description: 'The letter goes to its mailbox as it is counted: without what follows a plus.',
    }),
    challenge: z
      .string()
      .max(2048)
      .optional()
      .openapi({ description: 'The bot challenge’s token, where one is asked; joining needs another.' }),
  })
  .openapi('ProofRequest')

export const ProofAsked = z
  .object({
    drop: z.string().openapi({ description: 'The drop’s slug.' }),
    proof_duration_ms: z.int().openapi({ description: 'For how long the code in the letter is good.' }),
  })
  .openapi('ProofAsked')

export const Place = z
  .object({
    id: z.string().openapi({ example: 'plc_01KAHZ0000000000000000000' }),
    drop: z.string().openapi({ description: 'The drop’s slug.' }),
    phase: z.enum(['draw', 'line', 'called', 'missed', 'inside', 'used', 'left', 'closed']).openapi({
      description:
        '`missed`: called, and did not come in time; may still, before the line, until `called_until`. `left`: not even then. `used`: the pass was used and its checkout is over, or its time is.',
    }),
    position: z.int().nullable().openapi({ description: 'From 1; null until it is drawn. It never changes.' }),
    joined_at: Instant,
    lot: Hex.nullable().openapi({ description: 'This place’s lot in the draw; the draw publishes all of them.' }),
    estimate: z
      .object({ from_s: z.int(), to_s: z.int() })
      .nullable()
      .openapi({ description: 'In how many seconds the turn comes, at best and at worst.' }),
    people_before: z.int().nullable(),
    chance: z.enum(['good', 'uncertain', 'small']).nullable(),
    called_until: Instant.nullable().openapi({
      description: 'Exclusive. Later than that the next one is called; of a `missed` call, nobody may come on it.',
    }),
  })
  .openapi('Place')

export const Pass = z.object({ pass: z.string(), expires_at: Instant, drop: z.string() }).openapi('Pass')

export const RoomNow = z
  .object({
    phase: z.enum(['before', 'drawing', 'line', 'closed']),
    admitted_through: z.int().openapi({ description: 'Every position up to this one has been called.' }),
    waiting: z.int(),
    inside: z.int(),
    admissions_per_minute: z.int().openapi({ description: 'What the operator, the stock and the payments allow.' }),
    poll_after_ms: z.int(),
    jitter_ms: z
      .int()
      .openapi({ description: 'Add up to so much at random, so that the crowd does not come at once.' }),
  })
  .openapi('RoomNow')

export const DropNow = z
  .object({
    slug: z.string(),
    status: DropStatus,
    availability: z
      .enum(['many', 'few', 'last', 'none'])
      .openapi({ description: '`few`: 20 units or less; `last`: 5 or less.' }),
    units_left: z.int().nullable().openapi({ description: 'Free units, when few are left; else null.' }),
    again_available: z.boolean().openapi({ description: 'It was sold out, and units have come back.' }),
    opens_at: Instant,
    ends_at: Instant.nullable(),
    server_time: Instant,
    room: RoomNow.nullable(),
    poll_after_ms: z.int().openapi({ description: 'Ask again after this long, plus up to a quarter of it at random.' }),
  })
  .openapi('DropNow')

export const Draw = z
  .object({
    commitment: Hex.openapi({ description: 'SHA-256 of the seed, published when the drop was planned.' }),
    algorithm: z.string(),
    joined: z.int(),
    drawn_at: Instant.nullable(),
    seed: Hex.nullable(),
    public_value: Hex.nullable(),
    root: Hex.nullable().openapi({ description: 'SHA-256 of all lots in ascending order.' }),
  })
  .openapi('Draw')

export const DrawEntry = z.object({ position: z.int(), lot: Hex }).openapi('DrawEntry')
