// Logging in with the account of one's own organisation, by a real provider of identities.
import assert from 'node:assert/strict';
import { open, passesAxe, search } from './browser.mjs';
import { serveWithProvider } from './served.mjs';

async function organisationAccount({ instance }) {
  const served = await serveWithProvider();
  if (!served) {
    console.log('skipped: there is no provider of identities (npm ci --prefix tests/oidc)');
    return;
  }
  try {
    const { page, said, received, close } = await open(instance, served.address);
    await page.getByRole('link', { name: 'Gemeenteaccount' }).waitFor();
    await passesAxe(page, 'login with an account of the organisation');
    await page.getByRole('link', { name: 'Gemeenteaccount' }).click();
    // The provider's own page.
    await page.locator('input[name=login]').fill('inge');
    await page.locator('input[name=password]').fill('wachtwoord');
    await page.locator('button[type=submit]').click();
    // Back at home, with what the provider says of her: department, role, clearance.
    await page.getByRole('button', { name: /woonfraude/ }).click();
    await page.locator('.who', { hasText: 'Inge Spanjer' }).waitFor();
    assert.match(await page.locator('.who').textContent(), /toezicht, gemeente/);
    await search(page, 'Havenstraat 12');
    await page.locator('section li a').first().click();
    await page.locator('#connections').waitFor();
    assert.doesNotMatch(page.url(), /code=|state=/, 'nothing of the login stays in the address');
    // A page that is loaded again goes on; who leaves is out.
    await page.reload();
    await page.getByRole('button', { name: /woonfraude/ }).click();
    await page.locator('#connections').waitFor();
    await page.getByRole('button', { name: 'Uitloggen' }).click();
    await page.getByRole('link', { name: 'Gemeenteaccount' }).waitFor();
    assert.ok(!(await received()).includes('access_token'), 'no token reaches the page');
    const elsewhere = new RegExp(served.issuer.replaceAll('.', '\\.'));
    assert.deepEqual(said(elsewhere, /fonts\.g/), []);
    await close();
  } finally {
    served.stop();
  }
}

export default [{ title: 'the account of the organisation: in by its provider, and out', run: organisationAccount }];
