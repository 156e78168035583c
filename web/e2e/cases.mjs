// Two departments that are busy with the same premises, and neither knows it of the other.
import assert from 'node:assert/strict';
import { logIn, look, open, search } from './browser.mjs';
import { until } from './chart.mjs';

const PREMISES = 'Havenstraat 12';

export async function openCase(page, { title, goal, presence }) {
  await search(page, PREMISES);
  await page.locator('section li a').first().click();
  await page.getByRole('button', { name: 'Open een zaak' }).click();
  await page.locator('dialog input').first().fill(title);
  await page.locator('dialog textarea').fill(goal);
  await page.locator(`dialog input[value=${presence}]`).check();
  await page.locator('dialog button.primary').click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
}

async function deconfliction({ instance, address }) {
  const inspector = await open(instance, address);
  await logIn(inspector.page, 'inspecteur', /woonfraude/);
  await inspector.page.getByRole('navigation').getByRole('link', { name: 'Zaken' }).click();
  await inspector.page.locator('.none, main li').first().waitFor();
  await look(inspector.page, 'no cases');
  await inspector.page.getByRole('navigation').getByRole('link', { name: 'Zoeken' }).click();
  await openCase(inspector.page, { title: 'Overbewoning haven', goal: 'Wie slaapt er in de kelder?', presence: 'hold' });
  await look(inspector.page, 'case');

  const analyst = await open(instance, address);
  await logIn(analyst.page, 'analist', /ondermijning/);
  await openCase(analyst.page, { title: 'Geldstromen haven', goal: 'Wie betaalt de huur?', presence: 'contact' });
  await analyst.page.getByRole('button', { name: /Vraag of anderen/ }).click();
  const answer = analyst.page.locator('.answer');
  await answer.waitFor();
  assert.match(await answer.textContent(), /Doe nog niets.*Ontvangstnummer/s);
  assert.doesNotMatch(await answer.textContent(), /toezicht|Overbewoning/, 'neither who nor what is told');
  await look(analyst.page, 'case with an answer');
  if (process.env.SHOTS) await analyst.page.screenshot({ path: `${process.env.SHOTS}/case.png` });

  // Reading under the case: the dossier says that it was asked, and what was told.
  await analyst.page.getByRole('button', { name: 'Lees onder deze zaak' }).click();
  await analyst.page.locator('section li a').first().click();
  await analyst.page.locator('.asked').waitFor();
  assert.match(await analyst.page.locator('.asked').textContent(), /Ontvangstnummer/);
  await look(analyst.page, 'dossier under a case');

  // The coordinator sees whom to bring together, and not what about.
  const coordinator = await open(instance, address);
  await logIn(coordinator.page, 'coordinator', /Afstemmen/);
  await coordinator.page.getByRole('navigation').getByRole('link', { name: 'Afstemming' }).click();
  const toSettle = coordinator.page.locator('main li', { hasText: 'gemeente/ondermijning' }).first();
  await toSettle.waitFor();
  assert.match(await toSettle.textContent(), /gemeente\/toezicht/);
  await look(coordinator.page, 'coordination');
  const told = await coordinator.received();
  for (const word of ['Overbewoning haven', 'kelder', 'Geldstromen haven', 'betaalt de huur']) {
    assert.ok(!told.includes(word), `\`${word}\` of a case reached the coordinator`);
  }

  // The other side finds a notice, and says how far it has come.
  await inspector.page.getByRole('link', { name: 'Berichten' }).click();
  const notice = inspector.page.locator('main li', { hasText: 'Een ander vroeg het' }).first();
  await notice.waitFor();
  await look(inspector.page, 'notices');
  if (process.env.SHOTS) await inspector.page.screenshot({ path: `${process.env.SHOTS}/notices.png` });
  await notice.getByRole('button', { name: 'gesproken' }).click();
  await inspector.page.locator('main li', { hasText: 'Hoever bent u? gesproken' }).first().waitFor();

  // A note, and the end of it.
  await inspector.page.getByRole('navigation').getByRole('link', { name: 'Zaken' }).click();
  await inspector.page.getByRole('link', { name: 'Overbewoning haven' }).first().click();
  await inspector.page.locator('form textarea').fill('Buren gesproken.');
  await inspector.page.getByRole('button', { name: 'Voeg toe' }).click();
  await inspector.page.getByText('Buren gesproken.').waitFor();
  await inspector.page.getByRole('button', { name: 'Sluit de zaak' }).click();
  await inspector.page.getByRole('button', { name: 'Ja, sluit' }).click();
  await inspector.page.locator('.tag', { hasText: 'gesloten' }).waitFor();
  for (const [side, words] of [[analyst, ['Overbewoning haven', 'kelder']], [inspector, ['Geldstromen', 'betaalt de huur']]]) {
    const bytes = await side.received();
    assert.ok(bytes.includes('Havenstraat'));
    for (const word of words) assert.ok(!bytes.includes(word), `\`${word}\` of the other case reached the browser`);
  }
  await toSettle.getByRole('button', { name: 'Ze zijn het eens' }).click();
  await coordinator.page.getByText(/^Afgestemd/).waitFor();
  assert.deepEqual([...inspector.said(), ...analyst.said(), ...coordinator.said()], []);
  await coordinator.close();
  await inspector.close();
  await analyst.close();
}

/** A chart is kept with a case, in versions, and each reader sees of it what they may. */
async function charts({ instance, address }) {
  const { page, said, received, close } = await open(instance, address);
  await logIn(page, 'inspecteur', /woonfraude/);
  await openCase(page, { title: 'Grafiek van de haven', goal: 'Wie hangt samen?', presence: 'contact' });
  await page.getByRole('button', { name: 'Lees onder deze zaak' }).click();
  await page.getByRole('link', { name: /^Naar de grafiek/ }).first().click();
  await page.locator('dialog li').first().waitFor();
  await page.locator('dialog button.primary').click();
  const whole = await until(page, (chart) => chart.nodes.length > 5 && !chart.dialog);
  const save = async () => {
    await page.getByRole('button', { name: 'Bewaar', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('input').fill('Haven');
    await look(page, 'keeping a chart', 'dialog');
    await dialog.getByRole('button', { name: 'Bewaar in de zaak' }).click();
    await until(page, (chart) => !chart.dialog);
  };
  await save();
  const gone = whole.nodes.at(-1).id;
  await page.locator('[data-action=selectNone]').click();
  await page.locator(`tr[data-row="${gone}"] input`).check();
  await page.locator('[data-action=remove]').click();
  await until(page, (chart) => chart.nodes.length === whole.nodes.length - 1);
  await save();
  await page.locator('.occasion').getByRole('link', { name: 'Grafiek van de haven' }).click();
  await page.getByText('Versie 2').waitFor();
  await look(page, 'case with charts');
  await page.getByRole('button', { name: /^Open.*Haven, 1$/ }).click();
  const opened = await until(page, (chart) => chart.nodes.length === whole.nodes.length);
  const places = ({ nodes }) => nodes.map(({ id, x, y }) => `${id} ${Math.round(x)} ${Math.round(y)}`).sort();
  assert.deepEqual(places(opened), places(whole), 'all lies where it lay');
  await page.locator('.occasion').getByRole('link', { name: 'Grafiek van de haven' }).click();
  await page.getByRole('button', { name: /^Vergelijk met de vorige.*Haven, 2$/ }).click();
  const compared = await until(page, (chart) => chart.dialog?.kind === 'compare');
  assert.deepEqual(compared.dialog.compared.onlyHere, [gone]);
  const kept = (await received()).split('\n').filter((text) => text.includes('verband-chart'));
  assert.ok(kept.length && kept.every((text) => !text.includes('Havenstraat')), 'identifiers and places alone');
  assert.deepEqual(said(), []);
  await close();
}

export default [
  { title: 'two departments on one premises: case, question, answer, notice', run: deconfliction },
  { title: 'charts kept with a case, in versions', run: charts },
];
