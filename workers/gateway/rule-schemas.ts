/** Rule files as they travel: the shape that is taken and given out, and what they are inside. */
import { z } from '@hono/zod-openapi'
import { ORIGINS_MAX, POOLS_MAX, RULES_MAX } from '../../domain/origin/check.ts'
import { CACHE_CLASSES } from '../../domain/http-cache/policy.ts'
import type { Pool, Rule, RuleFile, RuleLimit } from '../../domain/origin/rule-file.ts'
import { BREAKER } from '../../domain/origin/rule-file.ts'

const Name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'Letters a-z, digits and dashes, 60 at most.')
const Glob = z.string().min(1).max(300).openapi({ description: '`*` is anything but a slash, `**` is anything.' })

const OriginWire = z.strictObject({
  name: Name,
  url: z.string().max(500).openapi({ example: 'https://shop.example' }),
  weight: z.int().min(0).max(1000).default(1),
  backup: z.boolean().default(false),
  draining: z.boolean().default(false),
  countries: z
    .array(z.string().regex(/^[A-Z]{2}$/))
    .max(250)
    .default([]),
})

const PoolWire = z.strictObject({
  name: Name,
  origins: z.array(OriginWire).min(1).max(ORIGINS_MAX),
  timeout_ms: z.int().min(100).max(120_000).default(30_000),
  sticky: z.boolean().default(false),
  canary: z
    .strictObject({ origin: Name, percent: z.number().min(0).max(100) })
    .nullable()
    .default(null),
  breaker: z
    .strictObject({ bad_in_row: z.int().min(1).max(100), rest_ms: z.int().min(100).max(300_000) })
    .nullable()
    .default({ bad_in_row: BREAKER.badInRow, rest_ms: BREAKER.restMs }),
  health_check: z
    .strictObject({
      path: z.string().max(300).openapi({ example: '/health' }),
      interval_ms: z.int().min(1000).max(300_000).default(5000),
      timeout_ms: z.int().min(100).max(60_000).default(2000),
      expected_statuses: z.array(z.int().min(100).max(599)).min(1).max(20).default([200]),
      healthy_after: z.int().min(1).max(20).default(2),
      unhealthy_after: z.int().min(1).max(20).default(3),
    })
    .nullable()
    .default(null)
    .openapi({ description: 'Each origin is asked for this, while visitors come. Null: none is.' }),
})

const WhenWire = z.strictObject({
  methods: z
    .array(z.string().regex(/^[A-Z]{1,20}$/))
    .max(20)
    .default([]),
  hosts: z.array(Glob).max(50).default([]),
  paths: z.array(Glob).max(100).default([]),
  headers: z.record(z.string().regex(/^[a-z0-9-]{1,60}$/), Glob).default({}),
})

const ThenWire = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('onrush') }),
  z.strictObject({
    action: z.literal('origin'),
    pool: Name,
    cache: z.enum(CACHE_CLASSES).default('transparent'),
    rewrite_path: z.string().max(300).nullable().default(null),
    rewrite_answers: z.boolean().default(false),
    experiment: Name.nullable()
      .default(null)
      .openapi({ description: 'The key of an experiment: the origin is told the visitor’s variation.' }),
  }),
  z.strictObject({
    action: z.literal('redirect'),
    to: z.string().min(1).max(1000),
    status: z.union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)]).default(302),
  }),
])

export const LimitWire = z.strictObject({
  per_minute: z.int().min(1).max(1_000_000),
  burst: z.int().min(1).max(100_000),
  by: z.enum(['network', 'everybody']).default('network'),
})

const RuleWire = z.strictObject({
  name: Name,
  when: WhenWire.prefault({}),
  then: ThenWire,
  limit: LimitWire.nullable()
    .default(null)
    .openapi({ description: 'Who comes more often is answered with 429, before the cache or an origin is asked.' }),
})

export const RuleFileWire = z
  .strictObject({ pools: z.array(PoolWire).max(POOLS_MAX), rules: z.array(RuleWire).max(RULES_MAX) })
  .openapi('RuleFile')

type FileWire = z.infer<typeof RuleFileWire>

export const ruleFileIn = ({ pools, rules }: FileWire): RuleFile => ({
  pools: pools.map(({ origins, timeout_ms: timeoutMs, sticky, breaker, health_check: check, ...pool }): Pool => ({
    ...pool,
    timeoutMs,
    isSticky: sticky,
    breaker: breaker && { badInRow: breaker.bad_in_row, restMs: breaker.rest_ms },
    checkup: check && {
      path: check.path,
      everyMs: check.interval_ms,
      timeoutMs: check.timeout_ms,
      statuses: check.expected_statuses,
      wellAfter: check.healthy_after,
      illAfter: check.unhealthy_after,
    },
    origins: origins.map(({ backup, draining, url, ...origin }) => ({
      ...origin,
      url: url.replace(/\/+$/, ''),
      isBackup: backup,
      isDraining: draining,
    })),
  })),
  rules: rules.map(({ name, when, then, limit }): Rule => ({
    name,
    when,
    then: actionIn(then),
    limit: limit && { perMinute: limit.per_minute, burst: limit.burst, by: limit.by },
  })),
})

function actionIn(then: z.infer<typeof ThenWire>): Rule['then'] {
  if (then.action === 'onrush') return { kind: 'onrush' }
  if (then.action === 'redirect') return { kind: 'redirect', to: then.to, status: then.status }
  const { pool, cache, rewrite_path: path, rewrite_answers: answers, experiment } = then
  return { kind: 'origin', pool, cache, rewrite: path === null && !answers ? null : { path, answers }, experiment }
}

export const ruleFileOut = ({ pools, rules }: RuleFile): FileWire => ({
  pools: pools.map(({ name, origins, timeoutMs, isSticky, canary, breaker, checkup }) => ({
    name,
    timeout_ms: timeoutMs,
    sticky: isSticky,
    canary,
    breaker: breaker && { bad_in_row: breaker.badInRow, rest_ms: breaker.restMs },
    health_check: checkup && {
      path: checkup.path,
      interval_ms: checkup.everyMs,
      timeout_ms: checkup.timeoutMs,
      expected_statuses: [...checkup.statuses],
      healthy_after: checkup.wellAfter,
      unhealthy_after: checkup.illAfter,
    },
    origins: origins.map(({ name: called, url, weight, isBackup, isDraining, countries }) => ({
      name: called,
      url,
      weight,
      backup: isBackup,
      draining: isDraining,
      countries: [...countries],
    })),
  })),
  rules: rules.map(({ name, when, then, limit }) => ({
    name,
    when: { methods: [...when.methods], hosts: [...when.hosts], paths: [...when.paths], headers: { ...when.headers } },
    then: actionOut(then),
    limit: limit && limitOut(limit),
  })),
})

export const limitOut = ({ perMinute, burst, by }: RuleLimit): z.infer<typeof LimitWire> => ({
  per_minute: perMinute,
  burst,
  by,
})

function actionOut(then: Rule['then']): z.infer<typeof ThenWire> {
  if (then.kind === 'onrush') return { action: 'onrush' }
  if (then.kind === 'redirect') return { action: 'redirect', to: then.to, status: then.status }
  const { pool, cache, rewrite, experiment } = then
  return {
    action: 'origin',
    pool,
    cache,
    rewrite_path: rewrite?.path ?? null,
    rewrite_answers: rewrite?.answers ?? false,
    experiment,
  }
}

/** An origin's address: http or https, a host, perhaps a path; nothing that a request would bring itself. */
export function isOriginUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, search, hash, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && `${search}${hash}${username}${password}` === '' && !text.includes('?')
}
