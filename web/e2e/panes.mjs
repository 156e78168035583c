// The same chart on the map and in time: what is chosen in one is chosen in the others.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { logIn, look, open } from './browser.mjs';
import { openChart, state, until } from './chart.mjs';

const PREMISES = 'Havenstraat 12';
const CHART_MAX = 2000;

async function map({ instance, address, webgl }) {
  const { page, said, close } = await open(instance, address);
  const asked = [];
  page.on('request', (request) => {
    if (request.url().includes('/v1/places/')) asked.push([request.url(), JSON.parse(request.postData())]);
  });
  await logIn(page, 'analist', /ondermijning/);
  await openChart(page, PREMISES);
  const begun = await state(page);
  await page.getByRole('link', { name: 'Kaart', exact: true }).click();
  const door = page.locator(`[data-spot="${begun.centre}"]`);
  await door.waitFor();
  assert.match(await door.getAttribute('aria-label'), /^Havenstraat 12: .*1 × Adres/, 'a mark reads what lies there');
  // By the keyboard: a mark is a button like any other.
  await door.focus();
  await page.keyboard.press('Enter');
  const chosen = await until(page, (chart) => chart.selected.includes(begun.centre));
  assert.ok(chosen.selected.length > 3, 'who lives there lies there');
  assert.deepEqual(chosen.nodes, begun.nodes, 'looking at the map moves nothing');
  await page.waitForTimeout(600);
  const [first] = asked;
  assert.equal(first[1].nodes.length, begun.nodes.length, 'one request for all that lies on the table');
  if (webgl) {
    assert.ok(asked.some(([url]) => url.includes('_ondergrond')), 'the ground is asked for');
    // Beside the marks one finds what else lies there, and brings it.
    const box = await door.boundingBox();
    await page.mouse.click(box.x + box.width / 2, box.y + 140);
    const found = page.getByRole('group', { name: 'Hier ligt' });
    await found.waitFor();
    const bring = found.getByRole('button', { name: /^Op tafel/ }).first();
    await bring.waitFor();
    await look(page, 'map');
    await bring.click();
    await until(page, (chart) => chart.nodes.length === begun.nodes.length + 1);
    await found.getByRole('button', { name: 'Sluiten' }).click();
  } else await look(page, 'map without WebGL');
  // The list beside it does what it does beside the network.
  await page.locator(`tr[data-row="${begun.centre}"] input`).focus();
  await page.keyboard.press('Escape');
  await until(page, (chart) => chart.selected.length === 0);
  // Back, and again: one drawing at a time.
  for (let time = 0; time < 4; time += 1) {
    await page.getByRole('link', { name: 'Netwerk', exact: true }).click();
    await page.locator('.region').waitFor();
    await page.getByRole('link', { name: 'Kaart', exact: true }).click();
    await door.waitFor();
  }
  await page.evaluate(() => { location.hash = '#/'; });
  await page.locator('#search-text').fill(PREMISES);
  await page.keyboard.press('Enter');
  await page.locator('section li a').first().click();
  await page.getByRole('link', { name: 'Op de kaart' }).click();
  await door.waitFor();
  assert.equal(await page.locator('dialog').count(), 0);
  // Where flags are: all of them at once.
  await page.evaluate(() => { location.hash = '#/flags'; });
  await page.locator('main ul.card > li').first().waitFor();
  await page.getByRole('link', { name: 'Op de kaart' }).click();
  const flagged = await until(page, (chart) => chart.nodes.length > begun.nodes.length + 5);
  assert.ok(flagged.nodes.length <= CHART_MAX);
  await page.waitForFunction(() => document.querySelectorAll('[data-spot]').length > 3);
  if (webgl) await page.getByText('Kom dichterbij om de panden te zien.').waitFor();
  await look(page, webgl ? 'flags on the map' : 'flags on the map without WebGL');
  assert.deepEqual(said(), []);
  await close();
}

async function time({ instance, address }) {
  const { page, said, close } = await open(instance, address);
  await logIn(page, 'analist', /ondermijning/);
  await openChart(page, PREMISES);
  const begun = await state(page);
  await page.getByRole('link', { name: 'Tijdlijn', exact: true }).click();
  const rows = page.locator('section li.line');
  await rows.first().waitFor();
  await page.getByRole('button', { name: 'Alles', exact: true }).click();
  const count = await rows.count();
  assert.match(await rows.first().textContent(), /\d{4}/, 'a row says when');
  await look(page, 'timeline');
  await rows.first().getByRole('button').click();
  await until(page, (chart) => chart.selected.length === 2);
  await page.getByLabel('Tot en met', { exact: true }).first().fill('2022-06-01');
  await page.getByText(/buiten deze periode/).waitFor();
  assert.ok((await rows.count()) < count, 'what fell outside is not shown, and counted');
  await page.getByRole('button', { name: 'Kies wat in deze periode viel' }).click();
  const chosen = await until(page, (chart) => chart.selected.length > 0);
  assert.ok(chosen.selected.length <= begun.nodes.length);
  await page.getByRole('button', { name: 'Alles', exact: true }).click();
  assert.equal(await rows.count(), count);
  // By the sliders, as by the fields.
  await page.locator('input[type=range][aria-label="Van"]').focus();
  for (let step = 0; step < 5; step += 1) await page.keyboard.press('PageUp');
  await page.getByRole('button', { name: 'Alles', exact: true }).click();
  assert.deepEqual(said(), []);
  await close();
}

async function groups({ instance, address, webgl }) {
  const { page, said, close } = await open(instance, address);
  await logIn(page, 'analist', /ondermijning/);
  await openChart(page, PREMISES);
  const begun = await state(page);
  await page.locator('tr[data-row]').first().waitFor();
  // By a key, and by the dialog: those who live at the door become one.
  await page.locator('.region').focus();
  await page.keyboard.press('v');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: /Groepeer.*Huishoudens/ }).waitFor();
  await look(page, webgl ? 'grouping' : 'grouping without WebGL', 'dialog');
  await dialog.getByRole('button', { name: /Groepeer.*Huishoudens/ }).click();
  const folded = await until(page, (chart) => chart.groups.length === 1 && !chart.dialog);
  assert.deepEqual(folded.nodes, begun.nodes, 'nothing moves and nothing goes');
  const [{ members }] = folded.groups;
  const row = page.locator('tr[data-row^="group:"]');
  assert.match(await row.locator('.name').textContent(), new RegExp(`\\+${members.length - 1}$`));
  for (const id of members) assert.equal(await page.locator(`tr[data-row="${id}"]`).count(), 0);
  await row.locator('.name').click();
  assert.equal(await row.getByRole('list', { name: 'In deze groep' }).getByRole('listitem').count(), members.length);
  await look(page, webgl ? 'groups' : 'groups without WebGL');
  // What is done to a group is done to all in it.
  await page.locator('[data-action=pin]').first().click();
  await until(page, (chart) => members.every((id) => chart.nodes.find((node) => node.id === id).pinned));
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Bewaar' }).click()]);
  const written = JSON.parse(await readFile(await download.path(), 'utf8'));
  assert.deepEqual(written.groups, [{ kind: 'household', members }]);
  await page.locator('[data-action=unfold]').first().click();
  await until(page, (chart) => chart.groups.length === 0);
  await page.locator('[data-action=undo]').click();
  await until(page, (chart) => chart.groups.length === 1);
  await page.locator('[data-action=clear]').click();
  await page.locator('input[type=file]').setInputFiles({ name: 'chart.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(written)) });
  const opened = await until(page, (chart) => chart.groups.length === 1 && chart.nodes.length === begun.nodes.length);
  assert.deepEqual(opened.groups[0].members.toSorted(), members.toSorted());
  // From the list: the row's menu.
  await row.locator('.more').click();
  await page.getByRole('menuitem', { name: 'Haal groep uit elkaar' }).click();
  await until(page, (chart) => chart.groups.length === 0);
  assert.deepEqual(said(), []);
  await close();
}

export default [
  { title: 'map', run: map, webgl: 'both' },
  { title: 'timeline', run: time, webgl: true },
  { title: 'groups', run: groups, webgl: 'both' },
];
