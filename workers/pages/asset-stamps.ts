/** Written by scripts/stamp-assets.ts; never by hand. */
export const ASSET_STAMPS: Readonly<Record<string, string>> = {
  'console.css': '098e401cc8',
  'console.js': 'c3c3668a15',
  'countdown.js': 'a08d946dc3',
  'display.woff2': 'a4315bca9e',
  'draw.js': 'c8ee829c08',
  'drop.js': '8a5d7c13e3',
  'favicon-turn.svg': 'f08ebf0960',
  'favicon.svg': '4a7b9f66e7',
  'live.js': '8e30cfc22b',
  'product.js': '15514aee63',
  'shop.css': '42802285b4',
  'uplot.css': 'df630c6a8d',
  'uplot.js': '19c8d4c6ad',
  'waiting-numbers.js': '0aaf5da167',
  'waiting.js': '20b30e6d4d',
}
