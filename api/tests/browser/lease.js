// A lease is lost, by its end or to somebody who took the case: the page says so before anything
// is decided, or after, and keeps what was typed.

import assert from 'node:assert/strict';
import { ask, close, open, picture, said, settled, shown, signIn } from './page.js';

const NOTE = 'Half a note';
/** Tries of somebody who waits for the lease to end, as the server sees it. */
const TRIES_MAX = 500;

const pathOf = ({ tenant, id }) => `/v1/tenants/${tenant}/cases/${id}`;

/** Bob takes the case; gives the status. */
async function bobTakes({ base, bob, case: of }) {
  return (await ask(base, bob, 'POST', `${pathOf(of)}/lease`)).status;
}

async function write(page) {
  await page.keyboard.press('w');
  await page.keyboard.type(NOTE);
  await page.keyboard.press('Escape');
}

const note = (page) => page.locator('.note textarea').inputValue();

/** Nobody touches anything until the lease has ended; then bob takes the case. */
async function ended(page, { plan, pictures }) {
  await write(page);
  await said(page, 'The lease of this case was lost, so somebody else may have it.', '.obstacle');
  await picture(page, pictures, 'lease-lost');
  assert.equal(await page.locator('[data-act=approve]').isDisabled(), true);
  assert.equal(await note(page), NOTE);
  let status = 0;
  for (let tries = 0; status !== 200 && tries < TRIES_MAX; tries += 1) {
    status = await bobTakes(plan);
  }
  assert.equal(status, 200, 'bob has it');
  await page.keyboard.press('a');
  await page.keyboard.press('t');
  await said(page, 'The case could not be taken', '.obstacle');
  assert.equal(await note(page), NOTE);
}

/** Put down in another window, and taken by bob: what is decided in this one is refused. */
async function taken(page, { plan, pictures }) {
  const path = pathOf(plan.case);
  const { body: { fence } } = await ask(plan.base, plan.token, 'GET', path);
  const given = await ask(plan.base, plan.token, 'DELETE', `${path}/lease?fence=${fence}`);
  assert.deepEqual([given.status, await bobTakes(plan)], [200, 200]);
  await write(page);
  await settled(page);
  await page.keyboard.press('a');
  await said(page, `The decision on ${plan.case.document} was not stored`, '.notices');
  await said(page, 'What you typed is kept.', '.notices');
  await picture(page, pictures, 'decision-refused');
  await page.getByRole('button', { name: 'Open it again' }).click();
  await said(page, 'bob has this case until', '.obstacle');
  assert.equal(await note(page), NOTE);
}

export default async function lease(test) {
  const { plan } = test;
  const page = await open(plan.base);
  await signIn(page, plan.token, `/case/${plan.case.tenant}/${plan.case.id}`);
  await shown(page, plan.case.document);
  await (plan.isTaken ? taken : ended)(page, test);
  await close(page);
}
