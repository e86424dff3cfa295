// The next case stands at once, also where nothing can be fetched; and while the server is away,
// decisions wait for it and arrive once.

import assert from 'node:assert/strict';
import { close, open, picture, said, settled, shown, signIn, stored, title } from './page.js';

export default async function away({ plan, pictures, please }) {
  const page = await open(plan.base);
  await signIn(page, plan.token, '/next');
  await settled(page);
  const first = await title(page);
  await shown(page, first);
  await page.waitForFunction(() => performance.getEntriesByName('case-ahead').length > 0);

  await please('the power is cut');
  await page.keyboard.press('a');
  // Everything of it lay ready: there is nobody who could be asked.
  await page.waitForFunction((old) => (
    document.querySelector('.case-title')?.innerText ?? old) !== old, first);
  const second = await title(page);
  assert.ok(await page.evaluate(() => document.querySelector('.stage img').naturalWidth > 100));
  const took = await page.waitForFunction(() => (
    performance.getEntriesByName('case-shown')[0]?.duration));
  console.error(`the next case stood ${(await took.jsonValue()).toFixed(0)} ms after the key`);
  await said(page, `The server cannot be reached. “Approved” for ${first} is kept`, '.banner');
  await picture(page, pictures, 'server-away');
  await page.keyboard.press('w');
  await page.keyboard.type('Seen while away');
  await page.keyboard.press('Escape');
  await settled(page);
  await page.keyboard.press('a');
  await page.getByRole('heading', { name: 'Fetching the next case …' }).waitFor();

  await please('the power is back');
  await page.getByRole('button', { name: 'Try now' }).click();
  await page.getByRole('heading', { name: 'Nothing is waiting' }).waitFor();
  await page.locator('.banner').waitFor({ state: 'hidden' });
  await stored(page, 2);
  await please(JSON.stringify([first, second]));
  await close(page);
}
