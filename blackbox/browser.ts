/**
 * A real Chromium: the machine's own where there is one, else the one that comes inside @sparticuz/chromium, so that
 * the test command asks nothing more of a machine than npm.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import chromiumInNpm from '@sparticuz/chromium'
import { chromium, type Browser, type Page } from 'playwright-core'

const INSTALLED = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** Nothing it says to the outside world is for a test to wait for. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-sync',
]

export async function openBrowser(): Promise<Browser> {
  const installed = INSTALLED.find((path) => path !== undefined && existsSync(path))
  if (installed) return chromium.launch({ executablePath: installed, args: ARGUMENTS })
  return chromium.launch({
    executablePath: await chromiumInNpm.executablePath(),
    args: [...chromiumInNpm.args, ...ARGUMENTS],
  })
}

/**
 * A picture of the whole page, kept in `folder` under a name, where pictures are wanted (`npm run screenshots`): drawing
 * them takes longer than everything that is tested between them.
 */
export const photographs =
  (folder: string) =>
  async (page: Page, name: string): Promise<void> => {
    if (process.env['SCREENSHOTS'] === undefined) return
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  }
