/** Written by scripts/stamp-assets.ts; never by hand. */
export const ASSET_STAMPS: Readonly<Record<string, string>> = {
  'countdown.js': '08caf1b0b9',
  'display.woff2': 'a4315bca9e',
  'favicon.svg': '4a7b9f66e7',
  'live.js': '6f604ebac5',
  'product.js': '31b1d15644',
  'shop.css': 'b9f8c8d566',
}
