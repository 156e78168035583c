// What an expansion costs in a real browser: `node e2e/measure.mjs [RUNS]`. 150 nodes come into a chart of 1,850: time of
// scripts, and the longest task. No test: machines differ.
import { browser, logIn, open } from './browser.mjs';
import { openChart, state, until } from './chart.mjs';
import { serve } from './served.mjs';

const RUNS = Number(process.argv[2] ?? 7);
const BEFORE = 1_850;
const AFTER = 2_000;

const served = await serve();
const instance = await browser();
const { page } = await open(instance, served.address);
page.setDefaultTimeout(60_000);
await logIn(page, 'analist', /ondermijning/);
await openChart(page, 'Havenstraat 12');

async function expand(count) {
  await page.locator('[data-action=selectAll]').click();
  await page.locator('[data-action=expand]').click();
  await page.locator('dialog .guard input').fill(String(count));
  await page.locator('dialog button.primary').click();
}

for (;;) {
  const lie = (await state(page)).nodes.length;
  if (lie >= BEFORE) break;
  await expand(Math.min(500, BEFORE - lie));
  await until(page, (chart) => chart.nodes.length > lie && !chart.dialog);
}
const session = await page.context().newCDPSession(page);
await session.send('Performance.enable');
const scripts = async () => (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'ScriptDuration').value * 1_000;
await page.evaluate(() => {
  window.longest = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) window.longest = Math.max(window.longest, one.duration); }).observe({ type: 'longtask' });
});
const took = [];
for (let run = 0; run < RUNS; run += 1) {
  await page.locator('[data-action=selectNone]').click();
  await page.waitForTimeout(1_000);
  await page.locator('[data-action=selectAll]').click();
  await page.locator('[data-action=expand]').click();
  await page.locator('dialog .guard input').fill(String(AFTER - BEFORE));
  await page.waitForTimeout(500);
  await page.evaluate(() => { window.longest = 0; });
  const before = await scripts();
  await page.locator('dialog button.primary').click();
  // Nothing is asked of the page while it works: asking is script as well.
  await page.waitForTimeout(2_500);
  const script = (await scripts()) - before;
  const longest = await page.evaluate(() => window.longest);
  const there = (await state(page)).nodes.length;
  took.push({ script, longest });
  console.log(`${there} nodes: ${script.toFixed(0)} ms of script, longest task ${longest.toFixed(0)} ms`);
  await page.locator('[data-action=undo]').click();
  await until(page, (chart) => chart.nodes.length === BEFORE);
}
const median = (name) => took.map((one) => one[name]).sort((a, b) => a - b)[Math.floor(took.length / 2)].toFixed(0);
console.log(`median of ${RUNS}: ${median('script')} ms of script, longest task ${median('longest')} ms`);
await instance.close();
served.stop();
