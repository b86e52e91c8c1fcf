/** Experiments as they travel. */
import { z } from '@hono/zod-openapi'
import { METRICS, PRODUCT_PARAMETERS, VARIATIONS_MAX } from '../../domain/experiment/experiment.ts'
import { Instant, Slug, text } from '../schemas.ts'

const Key = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be small letters and digits, with hyphens between')
  .max(60)
const ParameterName = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be a small word')
const ParameterValue = z.union([z.string().max(500), z.number(), z.boolean()])
const Parameters = z
  .record(ParameterName, ParameterValue)
  .refine((parameters) => Object.keys(parameters).length <= 20, 'must be at most 20')

const understood = Object.keys(PRODUCT_PARAMETERS).join(', ')

const VariationWrite = z
  .strictObject({
    key: Key,
    name: text(100).optional(),
    weight: z.number().positive().max(1).optional().openapi({
      description: 'A share of 1. Left out in all: equal shares.',
    }),
    parameters: Parameters.optional().openapi({
      description: `What it changes. A product page understands ${understood}; a client what you agree with it.`,
    }),
  })
  .openapi('VariationWrite')

const listOf = <Item extends z.ZodType>(item: Item) => z.array(item).min(1).max(250).nullish()

const AudienceWrite = z
  .strictObject({
    countries: listOf(z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code')),
    markets: listOf(text(40)),
    languages: listOf(z.string().regex(/^[a-z]{2,3}$/, 'must be a primary language subtag, such as de')),
    devices: listOf(z.enum(['phone', 'tablet', 'desktop'])),
    visitors: z.enum(['all', 'new', 'returning']).optional().openapi({
      description: 'New: whose cookie was made after the experiment had started.',
    }),
    drop: Slug.nullish().openapi({ description: 'Only what is offered in this drop.' }),
    percentage: z.number().positive().max(100).optional(),
  })
  .openapi('AudienceWrite')

const share = z.number().min(0).max(1)
const NamespaceWrite = z.strictObject({ name: text(60), start: share, end: share })
const MetricName = z.enum(METRICS)

export const ExperimentWrite = z
  .strictObject({
    key: Key.openapi({ description: 'What is hashed with the visitor’s id. Used once, for ever.' }),
    name: text(200),
    hypothesis: text(2000, 0).optional(),
    surface: z.enum(['product', 'client']).optional().openapi({
      description: '`product`: our product pages show it. `client`: whoever asks the API or by OFREP. Default: client.',
    }),
    variations: z
      .array(VariationWrite)
      .min(2)
      .max(VARIATIONS_MAX)
      .openapi({ description: 'The first is the control.' }),
    audience: AudienceWrite.optional(),
    namespace: NamespaceWrite.nullish().openapi({
      description: 'Experiments in different parts of one namespace never meet the same visitor.',
    }),
    holdout: Key.nullish().openapi({ description: 'The experiment whose control sees nothing of this one.' }),
    metric: MetricName.optional().openapi({ description: 'What decides. Default: conversion.' }),
    guardrails: z.array(MetricName).max(METRICS.length).optional().openapi({
      description: 'A variation that is certainly worse in one of these stops the experiment.',
    }),
  })
  .openapi('ExperimentWrite')

const nullable = <Item extends z.ZodType>(item: Item) => z.array(item).nullable()

export const Experiment = z
  .object({
    id: z.string(),
    key: z.string(),
    name: z.string(),
    hypothesis: z.string(),
    surface: z.enum(['product', 'client']),
    state: z.enum(['draft', 'running', 'stopped']),
    variations: z.array(
      z.object({
        key: z.string(),
        name: z.string(),
        weight: z.number(),
        parameters: z.record(z.string(), ParameterValue),
        preview: z.string().openapi({
          description:
            'A query for any product page: shows this variation to whoever follows the link, and counts nothing.',
        }),
      }),
    ),
    audience: z.object({
      countries: nullable(z.string()),
      markets: nullable(z.string()),
      languages: nullable(z.string()),
      devices: nullable(z.string()),
      visitors: z.enum(['all', 'new', 'returning']),
      drop: z.string().nullable(),
      percentage: z.number(),
    }),
    namespace: z.object({ name: z.string(), start: z.number(), end: z.number() }).nullable(),
    holdout: z.string().nullable(),
    metric: MetricName,
    guardrails: z.array(MetricName),
    started_at: Instant.nullable(),
    stopped_at: Instant.nullable(),
    stopped_by: z.string().nullable().openapi({ description: '`operator`, or the guardrail that stopped it.' }),
    version: z.int(),
    created_at: Instant,
  })
  .openapi('Experiment')

const Around = z.object({ value: z.number(), low: z.number(), high: z.number() }).openapi('Around', {
  description: 'A difference from the control, and the interval around it that is valid at any look.',
})

export const ExperimentResults = z
  .object({
    experiment: z.object({ id: z.string(), key: z.string(), state: z.enum(['draft', 'running', 'stopped']) }),
    currency: z.string().openapi({ description: 'Money is in its minor units.' }),
    counted: z.array(
      z.object({
        variation: z.string(),
        visitors: z.int(),
        converted: z.int().openapi({ description: 'Visitors with an order that was paid and not wholly refunded.' }),
        orders: z.int(),
        revenue: z.number(),
        refunds: z.number(),
      }),
    ),
    crossed: z.int().openapi({ description: 'Visitors seen on two sides, who count on neither.' }),
    mismatch: z.object({ p: z.number(), alarm: z.boolean() }).openapi({
      description:
        'How likely so uneven a split is when all is well. Below 0.001 it is an alarm, and there is no verdict.',
    }),
    comparisons: z.array(
      z.object({
        variation: z.string(),
        metric: MetricName,
        estimate: z.number().nullable(),
        difference: Around.nullable(),
        relative: Around.nullable(),
        p: z.number().nullable().openapi({ description: 'Always valid: it may be looked at every day.' }),
        adjusted_p: z.number().nullable(),
        finding: z.enum(['better', 'worse', 'open']),
      }),
    ),
    verdict: z
      .object({
        kind: z.enum(['too_early', 'mismatch', 'crossed', 'harm', 'better', 'worse', 'open']),
        variation: z.string().optional(),
        metric: MetricName.optional(),
      })
      .openapi({ description: 'What is certain, and no more.' }),
    as_of: Instant,
  })
  .openapi('ExperimentResults')
