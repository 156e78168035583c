// Pictures of each screen, for people to look at: `node e2e/shots.mjs DIRECTORY`.
import { mkdirSync } from 'node:fs';
import { browser, logIn, open, search } from './browser.mjs';
import { serve } from './served.mjs';

const directory = process.argv[2] ?? 'shots';
mkdirSync(directory, { recursive: true });
const served = await serve();
const instance = await browser();
try {
  const { page, said } = await open(instance, served.address);
  const shot = async (name, options = {}) => page.screenshot({ path: `${directory}/${name}.png`, ...options });
  await shot('login');
  await logIn(page, 'analist');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await shot('purpose');
  await page.getByRole('button', { name: /ondermijning/ }).click();
  await shot('home');
  await search(page, 'Havenstraat 12');
  await page.locator('section li').first().waitFor();
  await shot('results');
  await page.locator('section li a').first().click();
  await page.locator('#connections').waitFor();
  await shot('dossier');
  await shot('dossier-whole', { fullPage: true });
  await page.emulateMedia({ media: 'print' });
  await shot('dossier-print');
  await page.emulateMedia({ media: 'screen' });
  await page.locator('header a.primary').click();
  await page.getByRole('dialog').waitFor();
  await page.locator('dialog li').first().waitFor();
  await shot('preview');
  await page.locator('dialog button.primary').click();
  await page.locator('tr[data-row]').nth(5).waitFor();
  await page.waitForTimeout(1200);
  await shot('graph');
  await page.locator('[data-action=selectAll]').click();
  await page.locator('[data-action=expand]').click();
  await page.locator('dialog li').first().waitFor();
  await shot('guard');
  await page.locator('dialog button.primary').click();
  await page.waitForTimeout(1500);
  await page.locator('[data-action=selectNone]').click();
  await page.locator('[data-action=force]').click();
  await page.waitForTimeout(3500);
  await shot('graph-large');
  await page.locator('[data-action=radial]').click();
  await page.waitForTimeout(1000);
  await shot('graph-radial');
  console.log(said());
} finally {
  await instance.close();
  served.stop();
}
