// A flag from the inbox to a judgement and a case; and the officer, who sees each step of it and no name.
import assert from 'node:assert/strict';
import { logIn, look, open } from './browser.mjs';

const section = (page, name) => page.getByRole('navigation', { name: 'Onderdelen' }).getByRole('link', { name });

async function judged({ instance, address }) {
  const analyst = await open(instance, address);
  const { page } = analyst;
  await logIn(page, 'analist', /ondermijning/);
  await section(page, 'Markeringen').click();
  await page.locator('main ul.card > li').first().waitFor();
  const before = await page.locator('main ul.card > li').count();
  assert.ok(before > 3, `only ${before} flags`);
  await look(page, 'flags');

  // Of one pattern alone, and then its first flag.
  const patterns = page.locator('select').nth(2);
  await patterns.selectOption({ index: 1 });
  const title = await patterns.locator('option:checked').textContent();
  for (const row of await page.locator('main ul.card > li .head > a').allTextContents()) assert.ok(row.startsWith(title), `${row} is not of ${title}`);
  await page.locator('main ul.card > li .head > a').first().click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  const subject = await page.locator('a.subject').textContent();
  assert.ok((await page.locator('ol.card li').count()) > 0, 'it rests on something');
  await look(page, 'flag');

  // Judged, with a reason.
  await page.getByRole('button', { name: 'Ik pak haar op' }).click();
  await page.getByRole('button', { name: 'Geef terug' }).waitFor();
  await page.locator('input[value=not-useful]').check();
  await page.getByLabel('Waarom?').fill('Het is een studentenhuis.');
  await page.getByRole('button', { name: 'Leg oordeel vast' }).click();
  await page.getByText('Het is een studentenhuis.').waitFor();
  await look(page, 'flag judged');

  // Into a case, which is opened from the dossier; the dossier names the flag.
  const flag = page.url();
  await page.locator('a.subject').click();
  await page.locator('#flags').waitFor();
  await look(page, 'dossier with flags');
  await page.getByRole('button', { name: 'Open een zaak' }).click();
  await page.locator('dialog input').first().fill('Nagaan van een markering');
  await page.locator('dialog textarea').fill('Klopt wat het patroon vond?');
  await page.locator('dialog button.primary').click();
  await page.getByRole('heading', { level: 1, name: 'Nagaan van een markering' }).waitFor();
  await page.goto(flag);
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.getByLabel('Neem op in een zaak').selectOption({ label: 'Nagaan van een markering' });
  await page.getByRole('button', { name: 'Neem op', exact: true }).click();
  await page.getByRole('link', { name: 'Zaak: Nagaan van een markering' }).waitFor();

  // What it rests on, in the graph.
  await page.getByRole('link', { name: 'Toon in de grafiek' }).click();
  await page.locator('tr[data-row]').first().waitFor();
  assert.ok((await page.locator('tr[data-row]').allTextContents()).some((row) => row.includes(subject.split(',')[0])), `${subject} is not in the graph`);

  // It is judged, so that it is no longer in what is to be judged.
  await section(page, 'Markeringen').click();
  await page.locator('main ul.card > li').first().waitFor();
  assert.equal(await page.locator('main ul.card > li').count(), before - 1);
  await page.locator('select').nth(1).selectOption('not-useful');
  await page.locator('main ul.card > li', { hasText: subject }).first().waitFor();

  // Behind the wall there is none of it.
  const carer = await open(instance, address);
  await logIn(carer.page, 'zorg', /zorg/i);
  await section(carer.page, 'Markeringen').click();
  await carer.page.locator('main .none').waitFor();
  await look(carer.page, 'no flags');
  const bytes = await carer.received();
  for (const word of [title, subject, 'studentenhuis']) assert.ok(!bytes.includes(word), `\`${word}\` reached a browser behind the wall`);

  // The officer sees each step, and no name.
  const officer = await open(instance, address);
  await logIn(officer.page, 'privacy');
  await officer.page.getByRole('heading', { level: 1, name: 'Toezicht op het logboek' }).waitFor();
  await look(officer.page, 'audit before a question');
  await officer.page.getByLabel('Account').fill('analist');
  await officer.page.getByRole('button', { name: 'Zoek in het logboek' }).click();
  await officer.page.locator('tbody tr').first().waitFor();
  const row = (text) => officer.page.locator('tbody tr', { hasText: text }).first();
  for (const done of ['markering beoordeeld', 'markering gegeven', 'markering in een zaak gezet', 'zaak geopend', 'dossier']) {
    // The log is told oldest first, a page at a time.
    while (!(await row(done).count()) && (await officer.page.getByRole('button', { name: 'Meer laden' }).count())) {
      const lines = await officer.page.locator('tbody tr').count();
      await officer.page.getByRole('button', { name: 'Meer laden' }).click();
      await officer.page.locator('tbody tr').nth(lines).waitFor();
    }
    await row(done).waitFor();
  }
  await look(officer.page, 'audit');
  // And what the walls let an account see, without looking behind them.
  await section(officer.page, 'Muren').click();
  await officer.page.getByRole('heading', { level: 1, name: 'Muren' }).waitFor();
  await officer.page.getByLabel('Account').selectOption('zorg');
  await officer.page.locator('#hidden').waitFor();
  assert.match(await officer.page.locator('.part', { has: officer.page.locator('#hidden') }).textContent(), /gemeente\/burgerzaken.*rol inspecteur/s);
  await look(officer.page, 'walls');
  const seen = await officer.received();
  for (const word of [subject, 'studentenhuis']) assert.ok(!seen.includes(word), `\`${word}\` reached the officer`);
  assert.deepEqual([...analyst.said(), ...carer.said(), ...officer.said()], []);
  for (const one of [analyst, carer, officer]) await one.close();
}

export default [{ title: 'a flag: inbox, judgement, case, graph, and the officer who sees each step', run: judged }];
