/** Written by scripts/stamp-assets.ts; never by hand. */
export const ASSET_STAMPS: Readonly<Record<string, string>> = {
  'countdown.js': 'a08d946dc3',
  'display.woff2': 'a4315bca9e',
  'draw.js': '5057c3abb9',
  'drop.js': '559d210d68',
  'favicon-turn.svg': 'f08ebf0960',
  'favicon.svg': '4a7b9f66e7',
  'live.js': 'ab807babfc',
  'product.js': '31b1d15644',
  'shop.css': 'c2b7aa3c98',
  'waiting-numbers.js': 'e8b6d023c5',
  'waiting.js': 'b4e5a4e4c7',
}
