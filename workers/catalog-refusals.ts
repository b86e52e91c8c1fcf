/** Until the catalog says its own: what a catalog write may be refused for. */
export type CatalogRefusal =
  | { code: 'slug_taken'; slug: string }
  | { code: 'sku_taken'; sku: string }
  | { code: 'version_conflict'; version: number }
