// A session ends in the middle of a case: the page says so, and what was typed is still there.

import { close, open, picture, said, settled, shown, signIn, stored, title } from './page.js';

const NOTE = 'The date was written over.';

/** The decision arrives when another request has already found that the session is over. */
async function late(page) {
  await page.route('**/decision', async (route) => {
    await page.locator('dialog').getByLabel('Your token').waitFor();
    await route.continue();
  }, { times: 1 });
}

export default async function session({ plan, pictures, please }) {
  const page = await open(plan.base);
  if (plan.isLate) await late(page);
  await signIn(page, plan.token, '/next');
  await settled(page);
  const document = await title(page);
  await shown(page, document);
  await page.keyboard.press('w');
  await page.keyboard.type(NOTE);
  await page.keyboard.press('Escape');
  // Signed out in another window.
  await page.evaluate(async () => {
    const { csrf } = await (await fetch('/v1/session')).json();
    await fetch('/v1/session', { method: 'DELETE', headers: { 'x-csrf-token': csrf } });
  });
  await page.keyboard.press('r');
  await page.locator('.choice').first().waitFor();
  await page.keyboard.press('1');
  await said(page, 'Your session has ended, ann. Nothing that you typed is lost', 'dialog');
  await picture(page, pictures, 'session-ended');
  // Nobody gets by it with Escape, and a wrong token is said beside the field.
  await page.keyboard.press('Escape');
  const field = page.locator('dialog').getByLabel('Your token');
  await field.fill('ivr_wrong');
  await page.keyboard.press('Enter');
  await said(page, 'This token is not let in', 'dialog');
  await field.fill(plan.token);
  await page.keyboard.press('Enter');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await said(page, `Rejected: ${document}`, '.notices');
  await page.locator('.banner').waitFor({ state: 'hidden' });
  await stored(page, 1);
  await please(JSON.stringify({ document, note: NOTE }));
  await close(page);
}
