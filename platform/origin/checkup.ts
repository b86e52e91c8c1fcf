/** Asks an origin how it does, on nobody's behalf and past all caches. */

/** Its status; null: it did not answer in time, or at all. Never rejects. A redirect is an answer like any other. */
export async function askHowItDoes(url: string, timeoutMs: number): Promise<number | null> {
  try {
    const response = await fetch(url, {
      headers: { 'user-agent': 'onrush-checkup', 'cache-control': 'no-cache' },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      cf: { cacheTtl: -1 },
    })
    await response.body?.cancel()
    return response.status
  } catch {
    return null
  }
}
