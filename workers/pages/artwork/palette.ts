/** The colours the artwork is mixed from: twelve small families that sit well beside one another on a shelf. */

export interface Palette {
  ground: string
  deep: string
  main: string
  second: string
  accent: string
  light: string
}

const palette = (
  ground: string,
  deep: string,
  main: string,
  second: string,
  accent: string,
  light: string,
): Palette => ({
  ground: `#${ground}`,
  deep: `#${deep}`,
  main: `#${main}`,
  second: `#${second}`,
  accent: `#${accent}`,
  light: `#${light}`,
})

export const PALETTES: readonly Palette[] = [
  palette('e9d8c4', '3b2a24', 'c65d3b', 'e8a87c', '2f5d62', 'f8efe4'), // clay
  palette('cfe0de', '14323a', '2a7f86', '8fc1b5', 'f2b441', 'f3f7f2'), // sea
  palette('e3d5e0', '2d1b33', '7b3f72', 'c88fb5', 'f08a4b', 'faf3f6'), // plum
  palette('d9dfc6', '23301f', '5c7a3a', 'a9bf7a', 'd9482b', 'f6f7ea'), // moss
  palette('d8dbe2', '131722', '2c3e73', '8698c9', 'ff6a3d', 'f5f6fa'), // ink
  palette('f3e3b3', '2c2a1e', 'e0a526', 'f4cf73', '1f5f8b', 'fdf8e7'), // butter
  palette('f2d6d0', '3a1720', 'd1495b', 'f09d9b', '2b6777', 'fff4f1'), // rose
  palette('232941', '0d1120', '5468d4', '93a3f2', 'ffcf56', 'eef0fb'), // night
  palette('22332c', '0e1813', '3f8f6b', '8ed1ac', 'ff7f50', 'eef6f0'), // pine
  palette('33201f', '170c0c', 'e4572e', 'f3a77f', 'ffd166', 'fff3e8'), // ember
  palette('cfe3f5', '14263a', '3d7fc1', '93bde4', 'f25f5c', 'f5faff'), // sky
  palette('e4e1da', '26241f', '8b8378', 'bdb5a8', 'd64f2a', 'f7f5f0'), // stone
]
