/**
 * Looking at a variation by a link, before the start or from the other side: `?onrush_variation=<experiment>:<variation>:
 * <signature>`. Only operators are given such links (the API and the console sign them), so that drafts stay with the shop
 * and nobody makes a page say what it does not say to anybody. What is so shown is never counted, and never kept.
 */
import type { Experiment } from '../../domain/experiment/experiment.ts'
import type { Asked } from '../context.ts'
import { isSigned, sign } from '../signing.ts'

const PARAMETER = 'onrush_variation'
const MOST = 10

/** One query a variation, in their order. */
export const previewsOf = (c: Asked, { key, variations }: Experiment): Promise<string[]> =>
  Promise.all(
    variations.map(async (variation) => {
      const signature = await sign(c.env.SIGNING_KEY, 'experiment', textOf(c, key, variation.key))
      return `${PARAMETER}=${encodeURIComponent(`${key}:${variation.key}:${signature}`)}`
    }),
  )

/** Variations by experiment, of the links that were signed for this store. Others are ignored. */
export async function forcedBy(c: Asked): Promise<Map<string, string>> {
  const forced = new Map<string, string>()
  for (const shown of (c.req.queries(PARAMETER) ?? []).slice(0, MOST)) {
    const [experiment = '', variation = '', signature = ''] = shown.split(':')
    const isOurs = await isSigned(c.env.SIGNING_KEY, 'experiment', textOf(c, experiment, variation), signature)
    if (isOurs) forced.set(experiment, variation)
  }
  return forced
}

const textOf = (c: Asked, experiment: string, variation: string): string =>
  `${c.var.visit.storeId} ${experiment} ${variation}`
