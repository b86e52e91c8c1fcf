/** What a person does from the basket on, in a browser: the form, the button, and the wait for what becomes of it. */
import type { Page } from 'playwright-core'

/** Checkout; answers the order's id. `look` is called when the form is filled in. */
export async function pays(page: Page, card: string, look: () => Promise<unknown>): Promise<string> {
  await page.locator('a[href^="/checkout/"]').click()
  await page.getByLabel('E-mail').fill('ana@example.com')
  await page.getByLabel('Name', { exact: true }).fill('Ana Łukasiewicz')
  await page.getByLabel('Street and number').fill('Długa 12')
  await page.getByLabel('Postal code').fill('00-238')
  await page.getByLabel('Town').fill('Warszawa')
  await page.getByLabel('Country').selectOption('PL')
  await page.getByLabel(card).check()
  await look()
  await page.getByRole('button', { name: /order and pay/i }).click()
  await page.waitForURL(/\/orders\/ord_/)
  return /ord_[0-9A-Z]+/.exec(page.url())![0]
}

/** Waits until the page says so; it follows the order by itself. */
export async function seesStatus(page: Page, status: string): Promise<void> {
  await page.locator(`[data-status="${status}"]`).first().waitFor({ timeout: 40_000 })
}
