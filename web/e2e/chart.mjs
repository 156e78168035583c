// What tests do with a chart, by the means that people have, and what they read of it.

export const state = (page) => page.evaluate(() => window.verbandChart.state());

/** Waits until the chart is as wanted. Looked at from here: the page's policy lets nothing be evaluated in it. */
export async function until(page, wanted) {
  const end = Date.now() + 15_000;
  for (;;) {
    const chart = await page.evaluate(() => window.verbandChart?.state() ?? null);
    if (chart && wanted(chart)) return chart;
    if (Date.now() > end) throw new Error(`the chart did not become as wanted (${wanted}): ${JSON.stringify(chart)?.slice(0, 600)}`);
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 40)));
  }
}

/** Goes from the search to a chart with a premises and its neighbours. */
export async function openChart(page, text) {
  await page.locator('#search-text').fill(text);
  await page.keyboard.press('Enter');
  const hit = page.locator('section li').first();
  await hit.locator('a.button').click();
  await page.locator('dialog li').first().waitFor();
  await page.locator('dialog button.primary').click();
  await until(page, (chart) => chart.nodes.length > 5 && !chart.dialog);
}

/** A click of the mouse on a node, where it stands on the canvas. */
export async function clickNode(page, id, options = {}) {
  // The picture may still be moving into sight, and its frame with it.
  let at = null;
  for (let still = 0; still < 3; ) {
    const now = await page.evaluate((one) => window.verbandCanvas.positionOf(one), id);
    still = at && now && Math.hypot(at.x - now.x, at.y - now.y) < 0.5 ? still + 1 : 0;
    at = now;
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  }
  const box = await page.locator('.stage').boundingBox();
  await page.mouse.move(box.x + at.x, box.y + at.y);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  await page.mouse.click(box.x + at.x, box.y + at.y, options);
}

/** As `clickNode`; on a fixed drawing the node itself can be asked for. */
export async function chooseNode(page, id, webgl) {
  if (webgl) await clickNode(page, id);
  else await page.locator(`svg [data-id="${id}"] .icon`).click({ force: true });
  await until(page, (chart) => chart.selected.includes(id));
}
