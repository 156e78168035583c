// Every screen in both languages, looked through by axe; and those who enlarge, or want nothing to move.
import assert from 'node:assert/strict';
import { logIn, open, passesAxe, search } from './browser.mjs';
import { openCase } from './cases.mjs';
import { openChart } from './chart.mjs';

async function screens({ instance, address }) {
  for (const language of ['nl', 'en']) {
    const { page, said, close } = await open(instance, address);
    const check = (screen, part) => passesAxe(page, `${screen}, ${language}`, part);
    if (language === 'en') await page.getByRole('button', { name: 'English' }).click();
    await check('login');
    await logIn(page, 'analist');
    await page.locator('button.card').first().waitFor();
    await check('purpose');
    await page.locator('button.card', { hasText: 'ondermijning' }).click();
    await check('home');
    await page.locator('.tour button').first().click();
    await page.getByRole('dialog').waitFor();
    await check('tour', 'dialog');
    for (let step = 1; step < 6; step += 1) await page.locator('dialog .primary').click();
    await page.locator('dialog .primary').click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await search(page, 'zzzzzz');
    await page.locator('.none').waitFor();
    await check('nothing found');
    await search(page, 'Havenstraat 12');
    await page.locator('section li').first().waitFor();
    await check('results');
    await page.locator('section li a').first().click();
    await page.locator('#connections').waitFor();
    await check('dossier');
    await page.locator('.actions button').first().click();
    await check('dossier with sources');
    await page.evaluate(() => { location.hash = '#/graph'; });
    await page.locator('.left .empty').waitFor();
    await check('empty table');
    await page.evaluate(() => { location.hash = '#/'; });
    await openChart(page, 'Havenstraat 12');
    await check('graph');
    await page.locator('tr[data-row] button.name').first().click();
    await check('graph with an open line', 'aside');
    await page.locator('tr[data-row] .more').first().click();
    await check('menu', '[role=menu]');
    await page.keyboard.press('Escape');
    for (const action of ['expand', 'table', 'note']) {
      await page.locator(`.bar [data-action=${action}]`).click();
      await page.locator('dialog li, dialog td, dialog textarea').first().waitFor();
      await check(`dialog ${action}`, 'dialog');
      await page.keyboard.press('Escape');
    }
    await page.locator('.tabs button').nth(1).click();
    await page.locator('.detail dl').waitFor();
    await check('detail', 'aside');
    for (const place of [2, 3]) {
      await page.locator('.end .button').nth(place).click();
      await page.getByRole('dialog').waitFor();
      await check(`dialog ${place}`, 'dialog');
      await page.keyboard.press('Escape');
    }
    assert.deepEqual(said(), []);
    await close();
  }
}

async function assertFits(page, what) {
  const wide = await page.evaluate(() => [...document.querySelectorAll('main *, header *')]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.sr, [role=region]'))
    .map((one) => one.outerHTML.slice(0, 120)));
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 320, `${what} scrolls sideways (${width}): ${wide.slice(0, 4).join(' | ')}`);
}

async function enlarged({ instance, address }) {
  // 400 % of 1280 by 1024 is a page of 320 by 256.
  const { page, said, close } = await open(instance, address, {
    viewport: { width: 320, height: 256 }, reducedMotion: 'reduce', forcedColors: 'active',
  });
  await logIn(page, 'analist', /ondermijning/);
  await openChart(page, 'Havenstraat 12');
  await assertFits(page, 'the graph');
  await page.locator('tr[data-row] input').first().check();
  await page.locator('[data-action=hide]').click();
  await page.evaluate(() => { location.hash = '#/map'; });
  await page.locator('[data-spot]').first().waitFor();
  await assertFits(page, 'the map');
  await page.evaluate(() => { location.hash = '#/time'; });
  await page.locator('section li.line').first().waitFor();
  await assertFits(page, 'the timeline');
  await page.evaluate(() => { location.hash = '#/'; });
  await search(page, 'Havenstraat 12');
  await page.locator('section li a').first().click();
  await page.locator('#connections').waitFor();
  await assertFits(page, 'the dossier');
  // From a flag to a judgement, and into a case.
  await page.evaluate(() => { location.hash = '#/flags'; });
  await page.locator('main ul.card > li .head > a').first().waitFor();
  await assertFits(page, 'the flags');
  await page.locator('main ul.card > li .head > a').last().click();
  await page.locator('ol.card li').first().waitFor();
  await assertFits(page, 'a flag');
  await page.locator('input[value=useful]').check();
  await page.getByLabel('Waarom?').fill('Klopt, ook van dichtbij.');
  await page.getByRole('button', { name: 'Leg oordeel vast' }).click();
  await page.getByText('Klopt, ook van dichtbij.').waitFor();
  await page.evaluate(() => { location.hash = '#/'; });
  await openCase(page, { title: 'Van dichtbij', goal: 'Kan het ook groot?', presence: 'contact' });
  await assertFits(page, 'a case');
  await page.evaluate(() => { location.hash = '#/cases'; });
  await page.locator('main li').first().waitFor();
  await assertFits(page, 'the cases');
  await page.evaluate(() => { location.hash = '#/notices'; });
  await page.locator('main .none, main li').first().waitFor();
  await assertFits(page, 'the notices');
  assert.deepEqual(said(), []);
  await close();
}

/** Those who have no purpose: screens with tables and forms. */
async function enlargedDesks({ instance, address }) {
  const large = { viewport: { width: 320, height: 256 }, reducedMotion: 'reduce', forcedColors: 'active' };
  const officer = await open(instance, address, large);
  await logIn(officer.page, 'privacy');
  await officer.page.getByRole('button', { name: 'Zoek in het logboek' }).click();
  await officer.page.locator('tbody tr').first().waitFor();
  await assertFits(officer.page, 'the log');
  await officer.page.evaluate(() => { location.hash = '#/walls'; });
  await officer.page.getByLabel('Account').selectOption('zorg');
  await officer.page.locator('#hidden').waitFor();
  await assertFits(officer.page, 'the walls');
  const manager = await open(instance, address, large);
  await logIn(manager.page, 'beheer');
  await manager.page.locator('section[aria-labelledby=sources] tbody tr').first().waitFor();
  await manager.page.locator('section[aria-labelledby=scans] form').waitFor();
  await assertFits(manager.page, 'administration');
  await manager.page.locator('section[aria-labelledby=sources] tbody tr').first().getByRole('button', { name: /^Lever/ }).click();
  await manager.page.getByRole('dialog').waitFor();
  await assertFits(manager.page, 'delivering');
  const coordinator = await open(instance, address, large);
  await logIn(coordinator.page, 'coordinator', /Afstemmen/);
  await coordinator.page.getByRole('navigation').getByRole('link', { name: 'Afstemming' }).click();
  await coordinator.page.locator('main .none, main li').first().waitFor();
  await assertFits(coordinator.page, 'coordination');
  for (const one of [officer, manager, coordinator]) {
    assert.deepEqual(one.said(), []);
    await one.close();
  }
}

export default [
  { title: 'axe finds nothing on any screen in both languages', run: screens },
  { title: 'at 400 % the desks of officer, manager and coordinator fit', run: enlargedDesks },
  { title: 'at 400 %, without motion and with forced colours the journey passes', run: enlarged },
];
