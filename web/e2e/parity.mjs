// Each action does the same by mouse, by keyboard and from the list.
import assert from 'node:assert/strict';
import { logIn, open } from './browser.mjs';
import { clickNode, openChart, state, until } from './chart.mjs';

const PREMISES = 'Havenstraat 12';

async function reset(page, document) {
  await page.evaluate(() => { location.hash = '#/graph'; });
  await page.locator('[data-action=undo]').waitFor();
  if (await page.locator('dialog').count()) await page.keyboard.press('Escape');
  await page.locator('[data-action=clear]').click().catch(() => {});
  await page.locator('input[type=file]').setInputFiles({ name: 'chart.json', mimeType: 'application/json', buffer: Buffer.from(document) });
  await until(page, (chart) => chart.nodes.length === JSON.parse(document).nodes.length && !chart.dialog && chart.selected.length === 0);
}

/** Puts the walk of the keyboard on a node, as people do: by going round until it is there. */
async function walkTo(page, id, at) {
  await page.locator('.region').focus();
  for (let step = 0; step < 400; step += 1) {
    const cursor = await page.evaluate(() => document.querySelector('tr.cursor')?.getAttribute('data-row'));
    if (cursor === id) return;
    await page.keyboard.press('ArrowRight');
  }
  throw new Error(`the walk never came to ${at}`);
}

const WAYS = {
  async mouse(page, ids, action) {
    for (const [place, id] of ids.entries()) {
      if (place) await page.keyboard.down('Shift');
      await clickNode(page, id);
      if (place) await page.keyboard.up('Shift');
    }
    await until(page, (chart) => chart.selected.length === ids.length);
    await page.locator(`.bar [data-action=${action.id}]`).click();
  },
  async keyboard(page, ids, action) {
    for (const id of ids) {
      await walkTo(page, id, action.id);
      await page.keyboard.press(' ');
    }
    await page.keyboard.press(action.key);
  },
  async list(page, ids, action) {
    for (const id of ids) await page.locator(`tr[data-row="${id}"] input`).check();
    if (action.isOfNode) {
      await page.locator(`tr[data-row="${ids.at(-1)}"] .more`).click();
      await page.getByRole('menuitem', { name: action.title, exact: false }).click();
    } else {
      await page.locator(`tr[data-row="${ids[0]}"] input`).focus();
      await page.keyboard.press(action.key);
    }
  },
};

const ACTIONS = [
  { id: 'pin', title: 'Vastzetten', key: 'p', count: 1 },
  { id: 'hide', title: 'Verberg', key: 'h', count: 2 },
  { id: 'keep', title: 'Houd alleen', key: 'k', count: 2 },
  { id: 'remove', title: 'Verwijder', key: 'Delete', count: 1 },
  { id: 'neighbours', title: 'Kies buren', key: 's', count: 1 },
  { id: 'centre', title: 'midden', key: 'c', count: 1 },
  { id: 'expand', title: 'Uitvouwen', key: 'e', count: 1 },
  { id: 'table', title: 'Buren als tabel', key: 't', count: 1 },
  { id: 'paths', title: 'Paden tussen', key: 'b', count: 2 },
  { id: 'network', title: 'Verbind gekozen', key: 'w', count: 3 },
  { id: 'note', title: 'Notitie', key: 'n', count: 1 },
  { id: 'dossier', title: 'Dossier', key: 'd', count: 1 },
  { id: 'fold', key: 'v', count: 1 },
  { id: 'group', key: 'g', count: 1 },
  { id: 'radial', key: '3', count: 1 },
  { id: 'layers', key: '2', count: 1 },
  { id: 'time', key: '4', count: 1 },
  { id: 'selectAll', key: 'Control+a', count: 1 },
  { id: 'selectNone', key: 'Escape', count: 1 },
];

async function parity({ instance, address }) {
  const { page, said, close } = await open(instance, address, { viewport: { width: 1000, height: 640 } });
  await logIn(page, 'analist', /ondermijning/);
  await openChart(page, PREMISES);
  await page.locator('[data-action=radial]').click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Bewaar' }).click()]);
  const { readFile } = await import('node:fs/promises');
  const saved = JSON.parse(await readFile(await download.path(), 'utf8'));
  // Few enough that each can be hit.
  const document = JSON.stringify({ ...saved, nodes: saved.nodes.slice(0, 9) });
  for (const action of ACTIONS) {
    const told = {};
    for (const [way, perform] of Object.entries(WAYS)) {
      await reset(page, document);
      const ids = (await state(page)).nodes.slice(1, 1 + action.count).map((node) => node.id);
      await perform(page, ids, { ...action, isOfNode: Boolean(action.title) });
      if (action.id === 'dossier') {
        await page.locator('#connections').waitFor();
        told[way] = new URL(page.url()).hash;
      } else {
        await page.waitForFunction(() => !document.querySelector('.busy'));
        told[way] = await state(page);
      }
    }
    assert.deepEqual(told.keyboard, told.mouse, `${action.id}: keyboard and mouse differ`);
    assert.deepEqual(told.list, told.mouse, `${action.id}: list and mouse differ`);
  }
  assert.deepEqual(said(), []);
  await close();
}

async function spoken({ instance, address }) {
  const { page, close } = await open(instance, address);
  await logIn(page, 'analist', /ondermijning/);
  await openChart(page, PREMISES);
  await page.locator('.region').focus();
  await page.keyboard.press('Home');
  const live = page.locator('[role=status].sr');
  await page.waitForFunction(() => /verbinding/.test(document.querySelector('[role=status].sr')?.textContent ?? ''));
  assert.match(await live.textContent(), /^Adres .*Havenstraat 12.*\d+ verbindingen: /);
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowRight');
  const there = await live.textContent();
  assert.doesNotMatch(there, /^Adres .*Havenstraat 12,/);
  await page.keyboard.press('Backspace');
  assert.match(await live.textContent(), /^Adres .*Havenstraat 12/);
  await close();
}

export default [
  { title: 'each action does the same by mouse, by keyboard and from the list', run: parity },
  { title: 'the graph is walked by keyboard, and says where one is', run: spoken },
];
