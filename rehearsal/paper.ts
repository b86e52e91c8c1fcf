/**
 * What the shop says of itself: which statuses each route may answer (its OpenAPI document) and which problems there are
 * (/docs/problems). A crowd hears tens of thousands of answers; each must be one of these.
 */

/** Statuses by route ("POST /api/v1/holds"), and the status of each problem's code. */
export interface Paper {
  routes: Record<string, number[]>
  problems: Record<string, number>
}

const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete'])

export async function readPaper(url: string): Promise<Paper> {
  const [document, problems] = await Promise.all([fetch(`${url}/api/v1/openapi.json`), fetch(`${url}/docs/problems`)])
  const { paths } = await document.json<{ paths: Record<string, Record<string, { responses: object }>> }>()
  const routes = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => METHODS.has(method))
      .map(([method, { responses }]): [string, number[]] => [
        `${method.toUpperCase()} ${path}`,
        Object.keys(responses).map(Number),
      ]),
  )
  const told = [...(await problems.text()).matchAll(/<span class="method">(\d{3})<\/span> <code>([a-z0-9_]+)<\/code>/g)]
  if (routes.length === 0 || told.length === 0) throw new Error('The shop’s own documents could not be read.')
  return {
    routes: Object.fromEntries(routes),
    problems: Object.fromEntries(told.map(([, status, code]) => [code!, Number(status)])),
  }
}
