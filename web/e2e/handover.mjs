// A case is handed over to the case system of the organisation: what leaves is shown first, and what came of it after.
import assert from 'node:assert/strict';
import { logIn, look, open } from './browser.mjs';
import { openCase } from './cases.mjs';
import { serveWithCaseSystem } from './served.mjs';

async function handover({ instance }) {
  const served = await serveWithCaseSystem();
  try {
    const { page, said, close } = await open(instance, served.address);
    await logIn(page, 'inspecteur', /woonfraude/);
    await openCase(page, { title: 'Jansen aan de haven', goal: 'Wie slaapt er?', presence: 'contact' });
    // A resident is pinned from the dossier, under the case.
    await page.getByRole('button', { name: 'Lees onder deze zaak' }).click();
    await page.locator('section li a').first().click();
    await page.locator('#connections').waitFor();
    await page.locator('.parts a[href^="#/dossier/"]', { hasText: /Vrijhoef|Weteringh|Haagen|Dooren/ }).first().click();
    await page.getByRole('button', { name: 'Prik vast in de zaak' }).click();
    await page.getByRole('button', { name: 'Vastgeprikt' }).waitFor();
    await page.locator('.occasion').getByRole('link', { name: 'Jansen aan de haven' }).click();
    await page.getByRole('heading', { name: 'Vastgeprikt' }).waitFor();

    await page.getByRole('button', { name: 'Draag over' }).click();
    const dialog = page.getByRole('dialog');
    assert.equal(await dialog.getByRole('listitem').count(), 2, 'the premises and who lives there');
    await look(page, 'handing over', 'dialog');
    await dialog.locator('textarea').fill('Graag binnen een week.');
    await dialog.getByRole('button', { name: 'Draag over' }).click();
    await page.locator('.notice strong', { hasText: 'De zaak is nog niet helemaal overgedragen.' }).waitFor();
    await page.getByText(/roltype: Nog niet gepubliceerd/).waitFor();
    await page.getByRole('button', { name: 'Ga verder met overdragen' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Draag over' }).click();
    await page.locator('.notice strong', { hasText: 'De zaak is overgedragen.' }).waitFor();
    await look(page, 'handed over');
    const sent = served.received.filter(({ body }) => body).map(({ path }) => path);
    assert.deepEqual([sent.at(0), sent.at(-1)], ['zaken', 'statussen']);
    // What is between goes in the order of identifiers, which each town draws for itself.
    assert.deepEqual(sent.slice(1, -1).sort(), ['rollen', 'rollen', 'zaakobjecten'], 'nothing twice but what was refused');
    const [{ body: zaak }] = served.received.filter(({ path, body }) => path === 'zaken' && body);
    assert.ok(!JSON.stringify(zaak).includes('Jansen'), 'our title may name somebody');
    assert.equal(zaak.toelichting, 'Graag binnen een week.');
    // On paper, or as PDF.
    await page.emulateMedia({ media: 'print' });
    const pdf = await page.pdf({ format: 'A4' });
    assert.ok(pdf.length > 10_000 && pdf.subarray(0, 5).toString() === '%PDF-');
    await page.emulateMedia({ media: 'screen' });
    assert.deepEqual(said(), []);
    await close();
  } finally {
    served.stop();
  }
}

export default [{ title: 'a case handed over to a case system', run: handover }];
