// A reader sees that a source is wrong, and tells who owns it: what crosses the wall is what they wrote, and nothing more.
import assert from 'node:assert/strict';
import { logIn, look, open, search } from './browser.mjs';

async function report({ instance, address }) {
  const inspector = await open(instance, address);
  await logIn(inspector.page, 'inspecteur', /woonfraude/);
  await search(inspector.page, 'Havenstraat 12');
  await inspector.page.locator('section li a').first().click();
  await inspector.page.locator('#connections').waitFor();
  await inspector.page.getByRole('button', { name: 'Alle bronnen tonen' }).click();
  // A line of the civil registry: somebody who lives there.
  const said = inspector.page.locator('.statements li', { hasText: 'gemeente/burgerzaken' }).first();
  await said.getByRole('button', { name: 'Klopt niet?' }).click();
  const dialog = inspector.page.getByRole('dialog');
  await dialog.getByText(/gemeente\/burgerzaken leest wat u hier schrijft/).waitFor();
  await look(inspector.page, 'report of a mistake', 'dialog');
  await dialog.locator('textarea').fill('Hier woont niemand meer: de woning staat leeg.');
  await dialog.getByRole('button', { name: 'Meld het' }).click();
  await dialog.getByText(/Gemeld, onder ontvangstnummer/).waitFor();
  await dialog.getByRole('link', { name: 'Naar uw berichten' }).click();
  const mine = inspector.page.locator('main li', { hasText: 'de woning staat leeg' });
  await mine.getByText('Nog geen antwoord.').waitFor();

  const keeper = await open(instance, address);
  await logIn(keeper.page, 'burgerzaken', /Bijhouden/);
  await keeper.page.getByRole('navigation').getByRole('link', { name: 'Berichten' }).click();
  const received = keeper.page.locator('main li', { hasText: 'de woning staat leeg' });
  await received.getByText('Gemeld door een collega die niet genoemd wil zijn.').waitFor();
  await received.getByRole('button', { name: 'Antwoord' }).click();
  await received.locator('textarea').fill('Nagegaan: uitgeschreven per 1 november.');
  await look(keeper.page, 'answer to a report');
  if (process.env.SHOTS) await keeper.page.screenshot({ path: `${process.env.SHOTS}/mistakes.png` });
  await received.getByRole('button', { name: 'Antwoord' }).click();
  await received.getByText('Hersteld in de bron').first().waitFor();
  const bytes = await keeper.received();
  for (const word of ['inspecteur', 'toezicht', 'woonfraude']) assert.ok(!bytes.includes(word), `\`${word}\` reached who keeps the registry`);

  const sections = inspector.page.getByRole('navigation');
  await sections.getByRole('link', { name: 'Zoeken' }).click();
  await sections.getByRole('link', { name: 'Berichten' }).click();
  await inspector.page.locator('main li', { hasText: 'uitgeschreven per 1 november' }).waitFor();
  await look(inspector.page, 'notices with an answer');
  assert.deepEqual([...inspector.said(), ...keeper.said()], []);
  await inspector.close();
  await keeper.close();
}

export default [{ title: 'a mistake in a source: reported, answered, nobody named', run: report }];
