// What an expansion costs in a real browser: `node e2e/measure.mjs [RUNS]`. 150 nodes come into a chart of 1,850: time of
// scripts, and the longest task. No test: machines differ. With PROFILE=FILE the browser's profile of the last run is written.
import { writeFileSync } from 'node:fs';
import { browser, logIn, open } from './browser.mjs';
import { openChart, state, until } from './chart.mjs';
import { serve } from './served.mjs';

const RUNS = Number(process.argv[2] ?? 7);
const COMING = 150;
const AFTER = 2_000;
// An expansion takes so many starts.
const STARTS_MAX = 200;

const served = await serve();

/** The 2,000 nodes nearest to a street, and those of them that bring the outermost. */
async function town() {
  const ask = async (path, body) => {
    const response = await fetch(`${served.address}/v1${path}?purpose=ondermijning`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('analist:demo').toString('base64')}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.json();
  };
  const { hits } = await ask('/nodes/_zoek', { text: 'Havenstraat', label: 'Address', limit: 40 });
  const { nodes, edges } = await ask('/subgraphs/_expand', { start: hits.map(({ node, id }) => node?.id ?? id), hops: 5, limit: AFTER });
  const outer = new Set(nodes.slice(-COMING).map(({ id }) => id));
  const starts = new Set(edges.flatMap(({ from, to }) => (outer.has(from) === outer.has(to) ? [] : [outer.has(from) ? to : from])));
  const lying = nodes.slice(0, -COMING).map(({ id }, place) => ({ id, x: (place % 45) * 60, y: Math.floor(place / 45) * 60 }));
  return { lying, starts: new Set([...starts].slice(0, STARTS_MAX)) };
}

const { lying, starts } = await town();
const instance = await browser();
const { page } = await open(instance, served.address);
page.setDefaultTimeout(60_000);
await logIn(page, 'analist', /ondermijning/);
await openChart(page, 'Havenstraat 12');
await page.locator('[data-action=clear]').click();
// Only the starts are to be seen, so that all that is to be seen can be chosen; then all is shown.
const document = JSON.stringify({ format: 'verband-chart', version: 1, centre: lying[0].id, grouped: true, nodes: lying.map((node) => (starts.has(node.id) ? node : { ...node, hidden: true })) });
await page.locator('input[type=file]').setInputFiles({ name: 'chart.json', mimeType: 'application/json', buffer: Buffer.from(document) });
await until(page, (chart) => chart.nodes.length === lying.length);
await page.locator('[data-action=selectAll]').click();
await page.locator('[data-action=showAll]').click();
await until(page, (chart) => chart.hidden.length === 0 && chart.selected.length === starts.size);

const session = await page.context().newCDPSession(page);
await session.send('Performance.enable');
const scripts = async () => (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'ScriptDuration').value * 1_000;
await page.evaluate(() => {
  window.longest = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) window.longest = Math.max(window.longest, one.duration); }).observe({ type: 'longtask' });
});
const took = [];
for (let run = 0; run < RUNS; run += 1) {
  await page.locator('[data-action=expand]').click();
  await page.locator('dialog li').first().waitFor();
  await page.waitForTimeout(1_500);
  // The guard stands before more than 150 neighbours alone.
  const guard = page.locator('dialog .guard input');
  if (await guard.count()) await guard.fill(String(COMING));
  await page.waitForTimeout(500);
  await page.evaluate(() => { window.longest = 0; });
  if (process.env.PROFILE) {
    await session.send('Profiler.enable');
    await session.send('Profiler.start');
  }
  const before = await scripts();
  await page.locator('dialog button.primary').click();
  // Nothing is asked of the page while it works: asking is script as well.
  await page.waitForTimeout(2_500);
  const script = (await scripts()) - before;
  if (process.env.PROFILE) writeFileSync(process.env.PROFILE, JSON.stringify((await session.send('Profiler.stop')).profile));
  const longest = await page.evaluate(() => window.longest);
  const there = (await state(page)).nodes.length;
  took.push({ script, longest });
  console.log(`${there - lying.length} nodes came to ${lying.length}: ${script.toFixed(0)} ms of script, longest task ${longest.toFixed(0)} ms`);
  await page.locator('[data-action=undo]').click();
  await until(page, (chart) => chart.nodes.length === lying.length);
}
const median = (name) => took.map((one) => one[name]).sort((a, b) => a - b)[Math.floor(took.length / 2)].toFixed(0);
console.log(`median of ${RUNS}: ${median('script')} ms of script, longest task ${median('longest')} ms`);
await instance.close();
served.stop();
