// Whoever has not signed in, or has for another tenant only, sees nothing.

import assert from 'node:assert/strict';
import { close, open, said, signIn } from './page.js';

export default async function stranger({ plan }) {
  const page = await open(plan.base);
  const told = [];
  page.on('response', (response) => {
    const path = new URL(response.url()).pathname;
    if (path.startsWith('/v1/')) told.push(`${response.status()} ${path}`);
  });
  const address = `/case/${plan.case.tenant}/${plan.case.id}`;
  for (const path of ['/', '/queue', '/next', '/statistics', address, `${address}?q=1`]) {
    await page.goto(path);
    await page.getByLabel('Your token').waitFor();
    const text = await page.locator('body').innerText();
    assert.ok(!text.includes(plan.case.document), path);
  }
  assert.deepEqual(new Set(told), new Set(['401 /v1/session']));
  await page.getByLabel('Your token').fill('ivr_wrong');
  await page.keyboard.press('Enter');
  await said(page, 'This token is not let in');
  assert.equal(await page.getByLabel('Your token').getAttribute('aria-invalid'), 'true');

  await page.getByLabel('Your token').fill(plan.other);
  await page.keyboard.press('Enter');
  await said(page, 'The case cannot be shown');
  const text = await page.locator('body').innerText();
  assert.ok(!text.includes(plan.case.document), 'another tenant');
  await page.keyboard.press('q');
  await said(page, 'Nothing waits');
  await close(page);

  // A session ends with its sign-out, also for whoever goes back.
  const ann = await open(plan.base);
  await signIn(ann, plan.token);
  await said(ann, plan.case.document, '.cases');
  await ann.keyboard.press('n');
  await ann.locator('.case-title').waitFor();
  await ann.getByRole('button', { name: 'Sign out' }).click();
  await ann.getByLabel('Your token').waitFor();
  await ann.goBack();
  await ann.getByLabel('Your token').waitFor();
  assert.ok(!(await ann.locator('body').innerText()).includes(plan.case.document));
  await close(ann);
}
