// What an analyst does on a day, from logging in to opening a saved chart.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { logIn, look, open, passesAxe, search } from './browser.mjs';
import { chooseNode, openChart, state, until } from './chart.mjs';

const PREMISES = 'Havenstraat 12';

async function dossier({ instance, address }) {
  const { page, said, close } = await open(instance, address);
  await logIn(page, 'analist');
  await page.getByRole('heading', { name: 'Waarvoor zoekt u?' }).waitFor();
  assert.equal(await page.locator('.occasion .purpose').count(), 0, 'no purpose is chosen for anyone');
  await page.getByRole('button', { name: /ondermijning/ }).click();
  await search(page, PREMISES);
  const hit = page.locator('section li').first();
  assert.match(await hit.textContent(), /Havenstraat 12.*op adres/s);
  await hit.locator('a').first().click();
  await page.locator('#connections').waitFor();
  assert.match(await page.locator('.occasion').textContent(), /ondermijning/);
  // Each line has its source, its date, and why it is visible.
  for (const line of await page.locator('.parts details').all()) {
    assert.match(await line.textContent(), /regel \d+.*geladen.*Zichtbaar door/s);
  }
  const days = await page.locator('section[aria-labelledby=signals] .when').allTextContents();
  assert.ok(days.length > 0, 'there are signals');
  await page.locator('#language').selectOption('en');
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  assert.ok(await page.getByRole('button', { name: 'Show all sources' }).isVisible());
  await page.locator('#language').selectOption('nl');
  // Another day is another answer: ten years ago less was known.
  const now = await page.locator('.parts li').count();
  await page.locator('#as-of').fill('2016-01-01');
  await page.locator('#as-of').blur();
  await page.waitForFunction((before) => document.querySelectorAll('.parts li').length < before, now);
  await page.getByRole('button', { name: 'Uitloggen' }).click();
  await page.locator('input[name=password]').waitFor();
  assert.equal(await page.getByText(PREMISES).count(), 0, 'nothing stays on the screen');
  assert.deepEqual(said(/404/), []);
  await close();
}

async function graph({ instance, address, webgl }) {
  const { page, said, close } = await open(instance, address, { reducedMotion: 'no-preference' });
  const expansions = [];
  page.on('request', (request) => {
    if (request.url().includes('_expand')) expansions.push(request.url());
  });
  await logIn(page, 'analist', /ondermijning/);
  await openChart(page, PREMISES);
  assert.equal(expansions.length, 2, 'one request brings the node, one expands it');
  const begun = await state(page);
  const centre = begun.centre;
  assert.ok(begun.nodes.some((node) => node.id === centre));

  // A node is chosen on the canvas and expanded; nothing that lies there moves.
  const other = begun.nodes.find((node) => node.id !== centre);
  await chooseNode(page, other.id, webgl);
  await page.locator('[data-action=selectAll]').click();
  await page.locator('[data-action=expand]').click();
  await page.locator('dialog li').first().waitFor();
  await page.locator('dialog .guard').waitFor();
  await page.locator('dialog .guard input').fill('40');
  await page.locator('dialog .guard select').selectOption('most-connected');
  await page.locator('dialog button.primary').click();
  await until(page, (chart) => chart.nodes.length > begun.nodes.length && !chart.dialog);
  const grown = await state(page);
  assert.ok(grown.nodes.length <= begun.nodes.length + 40, `${grown.nodes.length} nodes after at most 40 more`);
  for (const node of begun.nodes) {
    assert.deepEqual(grown.nodes.find((one) => one.id === node.id), node, 'what is placed does not move');
  }

  await page.locator('[data-action=undo]').click();
  assert.deepEqual((await state(page)).nodes, begun.nodes);
  await page.locator('[data-action=redo]').click();
  assert.deepEqual((await state(page)).nodes, grown.nodes);

  // A path between two, one of which is not beside the other.
  const far = grown.nodes.at(-1);
  await page.locator('[data-action=selectNone]').click();
  await page.locator(`tr[data-row="${centre}"] input`).check();
  await page.locator('aside input[type=search]').waitFor();
  await page.locator(`tr[data-row="${far.id}"] input`).check();
  await page.locator('[data-action=paths]').click();
  await page.locator('dialog form button').click();
  await page.locator('dialog ol li').first().waitFor();
  await page.locator('dialog ol li button').first().click();
  await until(page, (chart) => !chart.dialog && chart.selected.length >= 2);

  // Layout, then saved, emptied and opened again: the same places.
  await page.locator('[data-action=selectNone]').click();
  const before = await state(page);
  await page.locator('[data-action=force]').click();
  await until(page, (chart) => JSON.stringify(chart.nodes) !== JSON.stringify(before.nodes));
  const arranged = await state(page);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Bewaar' }).click()]);
  const path = await download.path();
  const written = await readFile(path, 'utf8');
  assert.ok(!written.includes('Havenstraat'), 'a document holds identifiers and places only');
  await page.locator('[data-action=clear]').click();
  await until(page, (chart) => chart.nodes.length === 0);
  await page.locator('input[type=file]').setInputFiles(path);
  await until(page, (chart) => chart.nodes.length === arranged.nodes.length);
  const opened = await state(page);
  const places = ({ nodes }) => Object.fromEntries(nodes.map(({ id, x, y }) => [id, [x, y]]));
  for (const [id, [x, y]] of Object.entries(places(arranged))) {
    const [nowX, nowY] = places(opened)[id];
    assert.ok(Math.abs(x - nowX) <= 1 && Math.abs(y - nowY) <= 1, `${id} lies where it lay`);
  }

  // Laid beside another chart: what both have stays where it lies, and what only one has can be chosen.
  const lost = opened.nodes.at(-1).id;
  await page.locator(`tr[data-row="${lost}"] input`).check();
  await page.locator('[data-action=remove]').click();
  await until(page, (chart) => chart.nodes.length === opened.nodes.length - 1);
  await page.locator('input[type=file]').setInputFiles(path);
  await page.getByRole('dialog').getByRole('button', { name: 'Leg ernaast en vergelijk' }).click();
  await page.getByText('Alleen in het bestand', { exact: true }).waitFor();
  await look(page, 'charts compared', 'dialog');
  await page.getByRole('button', { name: /Kies deze.*Alleen in het bestand/ }).click();
  const joined = await until(page, (chart) => chart.nodes.length === opened.nodes.length && !chart.dialog);
  assert.deepEqual(joined.selected, [lost]);
  assert.deepEqual(places(joined)[lost], places(opened)[lost], 'it lies where it lay beside the others');
  await page.locator('[data-action=selectNone]').click();

  // Each export says whose it is.
  await page.getByRole('button', { name: 'Exporteer' }).click();
  for (const format of ['Tekening (SVG)', 'Tabel (CSV)', 'Netwerk (GraphML)', 'Netwerk voor Gephi (GEXF)', 'Tabel voor i2 (CSV)', 'Gegevens (JSON)', 'Plaatje (PNG)']) {
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('dialog').getByRole('button', { name: format, exact: true }).click()]);
    const bytes = await readFile(await file.path());
    if (format.includes('PNG')) assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
    else for (const fact of ['Anouk Listra', 'ondermijning']) assert.ok(bytes.toString().includes(fact), `${format} says ${fact}`);
  }

  // On paper, or as PDF: the drawing, and all of it as text, under whose it is.
  await page.evaluate(() => { window.print = () => { window.printed = true; }; });
  await page.locator('dialog').getByRole('button', { name: 'Afdrukken of PDF', exact: true }).click();
  await page.waitForFunction(() => window.printed);
  await page.emulateMedia({ media: 'print' });
  const paper = page.locator('.paper');
  const text = await paper.innerText();
  for (const fact of ['Anouk Listra', 'ondermijning', PREMISES, 'Te bewaren tot', 'Vertrouwelijkheid', 'SHA-256']) assert.ok(text.includes(fact), `paper says ${fact}`);
  assert.equal(await paper.locator('tbody').first().locator('tr').count(), opened.nodes.length, 'each node has its line');
  assert.ok(!(await page.locator('#app').isVisible()), 'and nothing but the sheet is printed');
  await passesAxe(page, 'paper', '.paper');
  const pdf = await page.pdf({ preferCSSPageSize: true, tagged: true });
  if (process.env.SHOTS) await writeFile(`${process.env.SHOTS}/chart.pdf`, pdf);
  assert.ok(pdf.length > 20_000 && pdf.subarray(0, 5).toString() === '%PDF-');
  await page.emulateMedia({ media: 'screen' });
  await paper.waitFor({ state: 'detached' });

  // Another day: the same places, asked for again.
  await page.locator('#as-of').fill('2018-06-01');
  await page.locator('#as-of').blur();
  await until(page, (chart) => chart.nodes.length > 0 && chart.edges.length < arranged.edges.length);
  for (const node of (await state(page)).nodes) {
    const [x, y] = places(arranged)[node.id];
    assert.ok(Math.abs(x - node.x) <= 1 && Math.abs(y - node.y) <= 1);
  }
  assert.deepEqual(said(), []);
  await close();
}

async function openings({ instance, address }) {
  const { page, said, close } = await open(instance, address);
  // Each context that is made, to count those that are held.
  await page.addInitScript(() => {
    const made = [];
    const get = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function context(kind, ...rest) {
      const one = get.call(this, kind, ...rest);
      if (one && kind.startsWith('webgl') && !made.some((each) => each.deref() === one)) made.push(new WeakRef(one));
      return one;
    };
    window.contexts = () => made.filter((each) => { const one = each.deref(); return one && !one.isContextLost(); }).length;
  });
  await page.reload();
  await logIn(page, 'analist', /ondermijning/);
  await openChart(page, PREMISES);
  const session = await page.context().newCDPSession(page);
  const held = async () => {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return usedSize / 1_000_000;
  };
  let early = 0;
  for (let round = 1; round <= 50; round += 1) {
    await page.evaluate(() => { location.hash = '#/'; });
    await page.locator('#search-text').waitFor();
    await page.evaluate(() => { location.hash = '#/graph'; });
    await page.locator('.stage canvas').first().waitFor({ state: 'attached' });
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    if (round === 10) early = await held();
  }
  const late = await held();
  assert.equal(await page.evaluate(() => window.contexts()), 1, 'one WebGL context');
  assert.ok(late < early * 1.1 + 1, `${early.toFixed(1)} MB after ten openings, ${late.toFixed(1)} MB after fifty`);
  assert.deepEqual(said(), []);
  await close();
}

/** The demo was loaded today: of the days before nothing was known. */
async function knowledge({ instance, address }) {
  const { page, said, close } = await open(instance, address);
  await logIn(page, 'inspecteur', /woonfraude/);
  await search(page, 'Havenstraat 12');
  await page.locator('section li a').first().click();
  await page.locator('#connections').waitFor();
  await page.locator('#known-at').click();
  const before = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
  await page.locator('input#known-at').fill(before);
  await page.locator('main .notice.warn').waitFor();
  await page.locator('main .notice.bad').waitFor();
  assert.equal(await page.locator('#connections').count(), 0, 'what is known now is gone from the screen');
  await page.locator('main .notice.warn button').click();
  await page.locator('#connections').waitFor();
  assert.equal(await page.locator('main .notice.warn').count(), 0);
  // The browser tells of the answer that there was nothing.
  assert.deepEqual(said().filter((line) => !line.includes('404')), []);
  await close();
}

export default [{ title: 'what was known on an earlier day', run: knowledge }, 
  { title: 'from login to a dossier, in two languages and of two days', run: dossier, webgl: 'both' },
  { title: 'a chart is expanded with preview and guard, undone, connected, saved and opened again', run: graph, webgl: 'both' },
  { title: 'fifty openings of the graph: one context, and no more memory', run: openings },
];
