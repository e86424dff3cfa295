// A whole review, by nothing but the keyboard.

import assert from 'node:assert/strict';
import { close, open, picture, said, settled, shown, signIn, stored, title } from './page.js';

/** Presses keys one after the other, as a person does who sees what each of them did. */
async function keys(page, ...pressed) {
  for (const key of pressed) await page.keyboard.press(key);
}

/** The case that stands there is decided by these keys; then the next one stands there. */
async function decide(page, next, ...pressed) {
  const before = await title(page);
  await settled(page);
  await keys(page, ...pressed);
  if (next) await page.waitForFunction(
    (old) => (document.querySelector('.case-title')?.innerText ?? old) !== old, before);
  return before;
}

async function markAndCheck(page) {
  await keys(page, 'j');
  const failed = page.locator('.check-failed').first();
  assert.equal(await failed.evaluate((node) => node === document.activeElement), true);
  assert.equal(await page.locator('.mark.is-active').count(), 1, 'the check lights its place up');
  await page.locator('.case-title').focus();
  await page.locator('.mark-failed').first().hover();
  assert.equal(await page.locator('.check-failed.is-active').count(), 1, 'and the place its check');
  assert.equal(await page.locator('.group').first().getAttribute('aria-label'), 'Failed');
  await page.mouse.move(0, 0);
}

async function lookAround(page) {
  const scale = () => page.locator('.stage').evaluate((node) => (
    new DOMMatrix(getComputedStyle(node).transform).a));
  await keys(page, '0');
  const whole = await scale();
  await keys(page, '+', '+');
  assert.ok(await scale() > whole * 1.5, 'it is larger');
  await keys(page, '.');
  assert.ok(Math.abs(await scale()) < 0.01, 'it is turned');
  await keys(page, ',', ']');
  await said(page, 'Page 2 of 2', '.viewer');
  await keys(page, '[', '0', 'v');
  assert.equal(await page.locator('.marks').isVisible(), false);
  await keys(page, 'v', 'h');
  await said(page, 'now', '.talk');
}

/** Reads every reason's digit, and gives that of this one. */
async function digitOf(page, words) {
  const row = page.locator('.choice', { hasText: words }).first();
  return (await row.locator('kbd').innerText()).trim();
}

export default async function review({ plan, pictures, please }) {
  const page = await open(plan.base);
  await signIn(page, plan.token);
  await page.locator('.cases tbody tr').nth(plan.cases - 1).waitFor();
  await said(page, 'open', '.tiles');
  await picture(page, pictures, 'queue');
  const answered = {};

  await keys(page, 'n');
  await page.locator('.case-title').waitFor();
  await shown(page, await title(page));
  await markAndCheck(page);
  await lookAround(page);
  answered.approve = await decide(page, true, 'a');

  await settled(page);
  await keys(page, 'r');
  const forged = await digitOf(page, 'Looks forged');
  answered.reject = await decide(page, true, forged);

  await settled(page);
  await keys(page, 'c');
  await page.locator('.correction').first().waitFor();
  // What was read stands there already.
  answered.correct = await decide(page, true, 'Enter');

  await settled(page);
  await keys(page, 'p');
  const blurred = await digitOf(page, 'Blurred');
  answered.request_picture = await decide(page, true, blurred);

  await settled(page);
  await keys(page, 'w');
  await page.keyboard.type('The stamp looks odd.');
  await keys(page, 'Escape');
  answered.escalate = await decide(page, true, 'e', 'Enter');

  // Decided too soon, taken back, and decided otherwise.
  const hasty = await decide(page, true, 'a');
  const other = await title(page);
  await page.locator('.notice').getByText('Undo').waitFor();
  await keys(page, 'u');
  await page.waitForFunction(
    (name) => document.querySelector('.case-title')?.innerText === name, hasty);
  await keys(page, 'm');
  await page.keyboard.type('I was too quick here.');
  await keys(page, 'Enter');
  await said(page, 'I was too quick here.', '.said');
  await keys(page, 'Escape');
  await settled(page);
  await keys(page, 'r');
  answered.undone = await decide(page, true, await digitOf(page, 'Expired'));
  assert.equal(await title(page), other, 'the case that lay aside is the next one');

  answered.last = await decide(page, false, 'a');
  await page.getByRole('heading', { name: 'Nothing is waiting' }).waitFor();
  await page.locator('.notice').getByText('Approved').waitFor();
  await picture(page, pictures, 'nothing-left');
  await page.waitForFunction(() => !document.querySelector('.banner:not([hidden])'));
  const sent = new Set(Object.values(answered));
  assert.equal(sent.size, plan.cases, 'every case was decided once');
  // The one that was taken back was stored twice.
  await stored(page, plan.cases + 1);
  await please(JSON.stringify(answered));
  await close(page);
}
