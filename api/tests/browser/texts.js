// Whatever stands in a document, in a claim or in a comment is text, also where it is markup.

import assert from 'node:assert/strict';
import { close, open, said, settled, shown, signIn } from './page.js';

export default async function texts({ plan }) {
  const page = await open(plan.base);
  let dialogs = 0;
  page.on('dialog', (dialog) => {
    dialogs += 1;
    dialog.dismiss();
  });
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await signIn(page, plan.token, `/case/${plan.case.tenant}/${plan.case.id}`);
  await shown(page, plan.case.document);
  for (const text of plan.texts) await said(page, text, '.checks');
  await page.keyboard.press('m');
  await page.keyboard.type(plan.texts[0]);
  await page.keyboard.press('Enter');
  await said(page, plan.texts[0], '.said');
  await page.keyboard.press('Escape');
  await settled(page);
  await page.keyboard.press('c');
  await page.locator('.correction').first().waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('r');
  await page.locator('.choice').first().waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('h');
  await said(page, 'now', '.talk');
  assert.equal(await page.evaluate(() => window.wasRun), undefined, 'no script ran');
  const made = 'img[src="x"], iframe, script:not([src^="/assets/"]), svg[onload], b';
  assert.equal(await page.locator(made).count(), 0, 'no text became an element');
  assert.equal(dialogs, 0);
  const foreign = asked.filter((url) => !url.startsWith(plan.base) && !url.startsWith('data:'));
  assert.deepEqual(foreign, [], 'nobody else was asked');
  await close(page);
}
