/** What a person reads when the shop is open: where it is, what to try, where its parts are. */

export interface OpenShop {
  url: string
  operatorKey: string
  stripeUrl: string
  gatewayUrl: string
  primaryUrl: string
  replicaUrl: string
  mailDir: string
  dataDir: string
}

export interface Link {
  label: string
  url: string
}

export function banner(shop: OpenShop, links: Link[]): string {
  const lines: [string, string][] = [
    ['operator key', shop.operatorKey],
    ['payments', `${shop.stripeUrl}/control`],
    ['database', `${shop.gatewayUrl}/control`],
    ['primary', shop.primaryUrl],
    ['replica', shop.replicaUrl],
    ['mails', shop.mailDir],
    ['data', shop.dataDir],
  ]
  const row = ([label, text]: [string, string]): string => `  ${label.padEnd(14)}${text}\n`
  return [
    '\n',
    row(['Onrush', shop.url]),
    '\n',
    ...links.map(({ label, url }) => row([label, url])),
    '\n',
    ...lines.map(row),
    '\n  Ctrl-C closes the shop; its data stays.\n\n',
  ].join('')
}

/** Things to try: asked of the shop itself, so that every link is one that opens. An empty shop has fewer. */
export async function linksOf(url: string): Promise<Link[]> {
  const product = await firstSlug(`${url}/api/v1/products?limit=1`)
  const drop = await firstSlug(`${url}/api/v1/drops`)
  return [
    { label: 'home', url: `${url}/` },
    ...(product === null ? [] : [{ label: 'a product', url: `${url}/products/${product}` }]),
    ...(drop === null ? [] : [{ label: 'the drop', url: `${url}/drops/${drop}` }]),
    { label: 'the console', url: drop === null ? `${url}/console` : `${url}/console/drops/${drop}` },
    { label: 'the API', url: `${url}/docs` },
  ]
}

async function firstSlug(url: string): Promise<string | null> {
  const answer = await fetch(url)
  if (!answer.ok) return null
  const { data = [] }: { data?: { slug: string }[] } = await answer.json()
  return data[0]?.slug ?? null
}
