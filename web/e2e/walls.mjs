// The wall between departments, at the last place where it could leak: what reaches the browser.
import assert from 'node:assert/strict';
import { logIn, open, search } from './browser.mjs';
import { openChart, state, until } from './chart.mjs';

const PREMISES = 'Havenstraat 12';

/** Words that only the other side sees: who lives and owns there, and what its signals say. */
async function secretsOf(address, who, purpose) {
  const authorization = `Basic ${Buffer.from(`${who}:demo`).toString('base64')}`;
  const ask = async (path, body) => {
    const request = { method: body ? 'POST' : 'GET', headers: { authorization, 'content-type': 'application/json' } };
    if (body) request.body = JSON.stringify(body);
    const response = await fetch(`${address}/v1${path}${path.includes('?') ? '&' : '?'}purpose=${purpose}`, request);
    return response.json();
  };
  const { hits } = await ask('/nodes/_zoek', { text: PREMISES, label: 'Address' });
  const { sections } = await ask(`/dossiers/${hits[0].id}`);
  const lines = sections.flatMap((section) => [...section.now, ...section.earlier]);
  const words = new Set();
  for (const { node, statements, connection } of lines) {
    const isOpen = [...statements, ...connection].some((one) => ['openbaar', 'beperkt_openbaar'].includes(one.source.level));
    if (isOpen) continue;
    words.add(node.id);
    if (node.label === 'Person') words.add(node.name);
    for (const statement of statements) {
      for (const name of ['reference', 'note', 'birth_date']) if (statement.properties[name]) words.add(String(statement.properties[name]));
    }
  }
  return words;
}

async function wall({ instance, address }) {
  const inspector = await secretsOf(address, 'inspecteur', 'woonfraude');
  const own = await secretsOf(address, 'zorg', 'zorg');
  const secrets = [...inspector].filter((word) => !own.has(word));
  assert.ok(secrets.length > 8, `only ${secrets.length} words to look for`);
  const { page, received, said, close } = await open(instance, address);
  await logIn(page, 'zorg', /Zorg/);
  await search(page, PREMISES);
  await page.locator('section li').first().waitFor();
  await page.locator('section li a').first().click();
  await page.locator('#connections').waitFor();
  await page.evaluate(() => { location.hash = '#/'; });
  for (const word of secrets.filter((one) => /^[A-Z]/.test(one)).slice(0, 3)) {
    await search(page, word);
    await page.locator('.none, section li').first().waitFor();
  }
  await search(page, PREMISES);
  await page.locator('section li a.button').first().click();
  await page.locator('dialog button.primary').click();
  await until(page, (chart) => chart.nodes.length > 1);
  // The same table on the map, with its ground and what lies where one points; and in time.
  await page.evaluate(() => { location.hash = '#/map'; });
  const mark = page.locator('[data-spot]').first();
  await mark.waitFor();
  const box = await mark.boundingBox();
  for (const down of [90, 160]) {
    const answered = page.waitForResponse(/places\/_zoek/);
    await page.mouse.click(box.x + box.width / 2, box.y + down);
    await answered;
  }
  await page.getByRole('group', { name: 'Hier ligt' }).waitFor();
  await page.evaluate(() => { location.hash = '#/time'; });
  await page.getByRole('button', { name: 'Alles', exact: true }).click();
  for (const screen of ['cases', 'notices']) {
    await page.evaluate((one) => { location.hash = `#/${one}`; }, screen);
    await page.locator('main .none').waitFor();
  }
  const bytes = (await received()) + (await page.content());
  assert.ok(bytes.includes('Havenstraat'), 'something did come');
  for (const word of secrets) assert.ok(!bytes.includes(word), `\`${word}\` reached the browser`);
  assert.deepEqual(said(), []);
  await close();
}

async function nextReader({ instance, address }) {
  const { page, close } = await open(instance, address);
  await logIn(page, 'inspecteur', /woonfraude/);
  await openChart(page, PREMISES);
  const names = await page.locator('tr[data-row] button.name').allTextContents();
  await page.getByRole('button', { name: 'Uitloggen' }).click();
  await logIn(page, 'zorg', /Zorg/);
  await page.evaluate(() => { location.hash = '#/graph'; });
  await page.locator('.left .empty').waitFor();
  const state = await page.evaluate(() => JSON.stringify(window.verbandChart.state()) + document.documentElement.outerHTML + JSON.stringify({ ...localStorage, ...sessionStorage }));
  for (const name of names) assert.ok(!state.includes(name.replace('›', '')), `${name} stayed for the next reader`);
  await close();
}

/** A chart that one reader saved, opened by another: identifiers and places, and each sees of it what they may. */
async function sameChart({ instance, address }) {
  const secrets = [...await secretsOf(address, 'inspecteur', 'woonfraude')];
  const inspector = await open(instance, address);
  await logIn(inspector.page, 'inspecteur', /woonfraude/);
  await openChart(inspector.page, PREMISES);
  const whole = await state(inspector.page);
  const [file] = await Promise.all([inspector.page.waitForEvent('download'), inspector.page.getByRole('button', { name: 'Bewaar' }).click()]);
  const path = await file.path();
  const carer = await open(instance, address);
  await logIn(carer.page, 'zorg', /Zorg/);
  await carer.page.evaluate(() => { location.hash = '#/graph'; });
  await carer.page.locator('.left .empty').waitFor();
  await carer.page.locator('input[type=file]').setInputFiles(path);
  const part = await until(carer.page, (chart) => chart.nodes.length > 0);
  assert.ok(part.nodes.length < whole.nodes.length, `${part.nodes.length} of ${whole.nodes.length}`);
  await carer.page.locator('.cut').waitFor();
  const own = new Set(await secretsOf(address, 'zorg', 'zorg'));
  const bytes = (await carer.received()) + (await carer.page.content());
  for (const word of secrets.filter((one) => !own.has(one))) assert.ok(!bytes.includes(word), `\`${word}\` came with the chart`);
  assert.deepEqual([...inspector.said(), ...carer.said()], []);
  await inspector.close();
  await carer.close();
}

export default [
  { title: 'behind the wall none of the words of the others reaches the browser', run: wall },
  { title: 'the next reader of the same tab finds an empty table', run: nextReader },
  { title: 'a chart that one saved opens for another with what they may see', run: sameChart },
];
