// Who administers: delivers files, sees what came of them, tries patterns with other thresholds. No purpose, nobody's data.
import assert from 'node:assert/strict';
import { logIn, look, open } from './browser.mjs';

const HEAD = 'kenmerk;soort;datum;melder;postcode;huisnummer;letter;toevoeging;omschrijving';

async function administration({ instance, address }) {
  const { page, said, received, close } = await open(instance, address);
  await logIn(page, 'beheer');
  await page.getByRole('heading', { name: 'Bronnen', exact: true }).waitFor();
  const rows = page.locator('section[aria-labelledby=sources] tbody tr');
  assert.ok((await rows.count()) >= 3, 'three sources are delivered here');
  await look(page, 'administration');

  // A file that is none: refused whole, with the reason.
  await rows.first().getByRole('button', { name: /^Lever/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('input[type=file]').setInputFiles({ name: 'signalen.csv', mimeType: 'text/csv', buffer: Buffer.from(`${HEAD}\nnot;a;line\n`) });
  await look(page, 'deliver', 'dialog');
  await dialog.getByRole('button', { name: 'Verstuur' }).click();
  const first = page.locator('section[aria-labelledby=sources] ul.card > li').first();
  await first.getByText(/^(geladen|geweigerd|mislukt)$/).waitFor();
  await first.getByRole('button', { name: /^Verslag/ }).click();
  await page.getByRole('dialog').waitFor();
  await look(page, 'delivery report', 'dialog');
  await page.keyboard.press('Escape');

  // A trial with another threshold: what a scan would do, and nothing is done.
  const form = page.locator('section[aria-labelledby=scans] form');
  const patterns = form.locator('select').nth(1);
  await patterns.selectOption('overbewoning');
  const threshold = form.locator('input[type=number]').first();
  await threshold.fill(await threshold.getAttribute('min'));
  await form.getByRole('button', { name: 'Doe een proef' }).click();
  const run = page.locator('.runs > li').first();
  await run.getByText('proef', { exact: true }).waitFor();
  await run.getByText('klaar', { exact: true }).waitFor();
  await run.locator('table').waitFor();
  assert.match(await run.textContent(), /Drempels: /);
  await look(page, 'a trial of a pattern');
  const bytes = await received();
  for (const word of ['Havenstraat', '9999']) assert.ok(!bytes.includes(word), `${word} reached who administers`);
  assert.deepEqual(said(), []);
  await close();
}

export default [{ title: 'administration: files delivered, patterns tried', run: administration }];
