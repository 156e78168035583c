// The browser: Debian's Chromium, one page at a time. Whatever stands in its console, or the policy refuses, is a finding.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';

const PLACES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const program = PLACES.find((place) => place && existsSync(place));

// Software drawing: machines that test have no graphics processor.
const WEBGL = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
const NO_WEBGL = ['--disable-3d-apis'];

export async function browser({ webgl = true } = {}) {
  return chromium.launch({
    executablePath: program,
    headless: true,
    args: ['--no-sandbox', '--force-color-profile=srgb', ...(webgl ? WEBGL : NO_WEBGL)],
  });
}

/** A page of its own context, with all it said and received. Without motion unless asked for: it takes time to draw. */
export async function open(instance, address, options = {}) {
  const context = await instance.newContext({
    viewport: { width: 1360, height: 860 }, locale: 'nl-NL', acceptDownloads: true, baseURL: address, reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const said = [];
  const received = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) said.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith('blob:')) said.push(`asked elsewhere: ${url}`);
  });
  page.on('response', (response) => {
    if (!response.url().includes('/v1/')) return;
    received.push(response.text().catch(() => ''));
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`refused by the policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.goto('/');
  return {
    page,
    /** What the console said, but for what was meant to go wrong. */
    said: (...meant) => said.filter((text) => !meant.some((pattern) => pattern.test(text))),
    received: async () => (await Promise.all(received)).join('\n'),
    close: () => context.close(),
  };
}

export async function logIn(page, name, purpose) {
  await page.locator('input[name=name]').fill(name);
  await page.locator('input[name=password]').fill('demo');
  await page.locator('form button.primary').click();
  if (purpose) await page.getByRole('button', { name: purpose }).click();
}

export async function search(page, text) {
  await page.locator('#search-text').fill(text);
  await page.keyboard.press('Enter');
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Axe finds nothing. `part`: what stands over a screen that was looked through before is looked at alone. */
export async function passesAxe(page, screen, part) {
  const axe = new AxeBuilder({ page }).withTags(RULES);
  const { violations } = await (part ? axe.include(part) : axe).analyze();
  const told = violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`);
  assert.deepEqual(told, [], screen);
}

/** A screen passes in both languages. With SHOTS, a picture of it for people to look at. */
export async function look(page, screen) {
  for (const language of ['nl', 'en']) {
    await page.locator('#language').selectOption(language);
    await passesAxe(page, `${screen}, ${language}`);
    if (process.env.SHOTS && language === 'nl') await page.screenshot({ path: `${process.env.SHOTS}/${screen.replaceAll(' ', '-')}.png`, fullPage: true });
  }
  await page.locator('#language').selectOption('nl');
}
