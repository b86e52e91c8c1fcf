/** The rule file of an existing shop's servers, for operators: see it, save it, ask which rule an address hits. */
import { createRoute, z } from '@hono/zod-openapi'
import { mistakesIn, type Mistake } from '../../../domain/origin/check.ts'
import { experimentsIn, type RuleFile } from '../../../domain/origin/rule-file.ts'
import { listExperiments } from '../../../platform/postgres/experiments.ts'
import { findRules, saveRules, type SavedRules } from '../../../platform/postgres/origin-rules.ts'
import type { Asked } from '../../context.ts'
import { forgetRules } from '../../gateway/rule-files.ts'
import { isOriginUrl, LimitWire, limitOut, ruleFileIn, ruleFileOut, RuleFileWire } from '../../gateway/rule-schemas.ts'
import { poolsSeen, type SeenPool } from '../../gateway/seen.ts'
import { cache, pools } from '../../gateway/to-origin.ts'
import { tried } from '../../gateway/trying.ts'
import { privateJson, refused } from '../../replies.ts'
import { Instant } from '../../schemas.ts'
import { database } from '../../sessions.ts'
import { instantOut, maybeInstantOut } from '../../wire.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { audit, needs, takes } from './operating.ts'

export const origins = router()
const tags = ['Operating the gateway']

const Health = z.object({
  pool: z.string(),
  origins: z.array(z.object({ name: z.string(), resting_until: Instant.nullable(), bad_in_row: z.int() })),
  canary: z.object({ answers: z.int(), bad: z.int(), withdrawn: z.boolean() }),
})

const OriginSeen = z.object({
  name: z.string(),
  answers: z.int().openapi({ description: 'Of the last five to ten seconds, of all isolates.' }),
  bad: z.int(),
  resting_ms: z.int().openapi({ description: 'For how much longer it is left alone, since it did worse than others.' }),
  checked: z.enum(['unknown', 'well', 'ill']),
  last_check: z.object({ at: Instant, status: z.int().nullable(), took_ms: z.int() }).nullable(),
})

const PoolSeenWire = z.object({
  pool: z.string(),
  known: z.boolean().openapi({ description: 'False: nobody has come yet, or the pool’s object does not answer.' }),
  checking: z.boolean().openapi({ description: 'Whether its origins are asked how they do at this time.' }),
  origins: z.array(OriginSeen),
  canary: z
    .object({ verdict: z.string(), withdrawn_at: Instant.nullable(), answers: z.int(), bad: z.int() })
    .nullable(),
})

const SavedRuleFile = RuleFileWire.extend({
  version: z.int().openapi({ description: '0: nothing was ever saved.' }),
  saved_at: Instant.nullable(),
  saved_by: z.string().nullable(),
  cache_here: z
    .object({ requests: z.int(), hit_rate: z.number().nullable() })
    .openapi({ description: 'How the isolate that answers has answered requests since it woke.' }),
  seen: z.array(PoolSeenWire).openapi({ description: 'How the origins do, as all isolates together have seen it.' }),
  seen_here: z.array(Health).openapi({ description: 'How the origins do, as the isolate that answers has seen it.' }),
}).openapi('SavedRuleFile')

const Trying = z
  .strictObject({
    url: z.string().max(4000).openapi({ example: 'https://shop.example/drops/spring' }),
    method: z
      .string()
      .regex(/^[A-Z]{1,20}$/)
      .default('GET'),
    headers: z.record(z.string().max(100), z.string().max(1000)).default({}),
    rule_file: RuleFileWire.optional().openapi({ description: 'One to try before it is saved; else the saved one.' }),
  })
  .openapi('TryingRules')

const Tried = z
  .object({
    answered_by: z.enum(['onrush', 'origin', 'redirect']),
    rule: z.string().nullable().openapi({ description: 'The rule that was hit; null: none.' }),
    pool: z.string().nullable(),
    cache: z.string().nullable(),
    experiment: z.string().nullable(),
    target: z
      .string()
      .nullable()
      .openapi({ description: 'The path the origin is asked for, or where the redirect leads.' }),
    limit: LimitWire.nullable().openapi({
      description: 'How often the rule may be hit; null: as often as anybody likes.',
    }),
  })
  .openapi('TriedRules')

answer(
  origins,
  createRoute({
    method: 'get',
    path: '/origins',
    tags,
    summary: 'See the rule file, and how the origins do',
    ...needs('origins:read'),
    responses: { 200: json(SavedRuleFile, 'The newest version.'), ...problems(401, 403, 503) },
  }),
  async (c) => privateJson(c, await savedOut(c, await findRules(database(c).read('primary'), c.var.visit.storeId))),
)

answer(
  origins,
  createRoute({
    method: 'put',
    path: '/origins',
    tags,
    summary: 'Save the rule file. In force everywhere within ten seconds. Safe to repeat',
    ...needs('origins:write'),
    ...takes(RuleFileWire),
    responses: { 200: json(SavedRuleFile, 'Saved.'), ...problems(400, 401, 403, 413, 415, 503) },
  }),
  async (c) => {
    const file = ruleFileIn(c.req.valid('json'))
    const errors = await mistakesOf(c, file)
    if (errors.length > 0) return refused(c, { code: 'invalid_request', errors })
    const writer = database(c).write()
    const saved = await saveRules(writer, c.var.visit.storeId, file, c.var.operator.keyId)
    await audit(c, writer, {
      action: 'origins.saved',
      subject: `rules-${saved.version}`,
      facts: { pools: file.pools.length, rules: file.rules.length },
    })
    forgetRules()
    return privateJson(c, await savedOut(c, saved))
  },
)

answer(
  origins,
  createRoute({
    method: 'post',
    path: '/origins/try',
    tags,
    summary: 'Ask which rule an address hits. Changes nothing',
    ...needs('origins:read'),
    ...takes(Trying),
    responses: { 200: json(Tried, 'Who would answer.'), ...problems(400, 401, 403, 413, 415, 503) },
  }),
  async (c) => {
    const { url, method, headers, rule_file: unsaved } = c.req.valid('json')
    if (!URL.canParse(url)) {
      return refused(c, { code: 'invalid_request', errors: [{ pointer: '/url', problem: 'Not an absolute address.' }] })
    }
    const file = unsaved ? ruleFileIn(unsaved) : await savedFile(c)
    const errors = (await mistakesOf(c, file)).map(({ pointer, problem }) => ({
      pointer: `/rule_file${pointer}`,
      problem,
    }))
    if (errors.length > 0) return refused(c, { code: 'invalid_request', errors })
    const { answeredBy, limit, ...rest } = tried(file, url, method, new Headers(headers))
    return privateJson(c, { answered_by: answeredBy, ...rest, limit: limit && limitOut(limit) })
  },
)

const mistakesOf = async (c: Asked, file: RuleFile): Promise<Mistake[]> => [
  ...mistakesIn(file, isOriginUrl),
  ...(await unknownExperiments(c, file)),
]

/** Experiments of the client's side only: what Onrush shows otherwise by itself is no origin's matter. */
async function unknownExperiments(c: Asked, file: RuleFile): Promise<Mistake[]> {
  const named = experimentsIn(file)
  if (named.length === 0) return []
  const all = await listExperiments(database(c).read('primary'), c.var.visit.storeId)
  const keys = new Set(all.filter(({ surface }) => surface === 'client').map(({ key }) => key))
  return named
    .filter(({ key }) => !keys.has(key))
    .map(({ pointer }) => ({ pointer, problem: 'There is no experiment of the surface `client` with this key.' }))
}

async function savedFile(c: Asked) {
  const saved = await findRules(database(c).read('primary'), c.var.visit.storeId)
  return saved?.file ?? { pools: [], rules: [] }
}

const savedOut = async (c: Asked, saved: SavedRules | null): Promise<z.infer<typeof SavedRuleFile>> => ({
  ...ruleFileOut(saved?.file ?? { pools: [], rules: [] }),
  version: saved?.version ?? 0,
  saved_at: maybeInstantOut(saved?.savedAt ?? null),
  saved_by: saved?.savedBy ?? null,
  cache_here: { requests: cache.figures.all, hit_rate: cache.figures.hitRate },
  seen: saved ? (await poolsSeen(c.env, saved)).map(seenOut) : [],
  seen_here: (saved?.file.pools ?? []).map((pool) => {
    const seen = pools.figures(`${saved?.storeId} ${saved?.version} ${pool.name}`, pool)
    return {
      pool: seen.pool,
      origins: seen.origins.map(({ name, openUntil, badInRow }) => ({
        name,
        resting_until: maybeInstantOut(openUntil),
        bad_in_row: badInRow,
      })),
      canary: { answers: seen.canary.answers, bad: seen.canary.bad, withdrawn: seen.canary.isWithdrawn },
    }
  }),
})

const seenOut = ({ pool, seen }: SeenPool): z.infer<typeof PoolSeenWire> => ({
  pool: pool.name,
  known: seen !== null,
  checking: seen?.isLookedAfter ?? false,
  origins: (seen?.origins ?? []).map(({ name, answers, checkup: { verdict, last }, restsMs }) => ({
    name,
    answers: answers.answers,
    bad: answers.bad,
    resting_ms: restsMs,
    checked: verdict,
    last_check: last && { at: instantOut(last.at), status: last.status, took_ms: last.tookMs },
  })),
  canary: pool.canary && {
    verdict: seen?.canary.verdict ?? 'goes on',
    withdrawn_at: maybeInstantOut(seen?.canary.withdrawnAt ?? null),
    answers: Math.round(seen?.canary.mine.answers ?? 0),
    bad: Math.round(seen?.canary.mine.bad ?? 0),
  },
})
