// How everything looks: in light and in dark, at twice the size and on a small screen, and whether
// whoever sees, hears or types differently can use it.

import assert from 'node:assert/strict';
import { AxeBuilder } from '@axe-core/playwright';
import { close, open, picture, said, settled, signIn } from './page.js';

const SIZES = {
  light: { scheme: 'light' },
  dark: { scheme: 'dark' },
  twice: { scheme: 'light', zoom: 2 },
  small: { scheme: 'dark', size: { width: 390, height: 844 } },
};

/** Nothing that the accessibility check calls serious, and nothing that runs out of the page. */
async function check(page, name) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
  assert.deepEqual(bad, [], name);
  const { wide, room } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth, room: document.documentElement.clientWidth,
  }));
  assert.ok(wide <= room, `${name}: ${wide} pixels do not fit into ${room}`);
}

/** What a person comes by, each with how it is left again. */
const STEPS = [
  ['queue', async (page) => {
    await page.locator('.cases').waitFor();
    await said(page, 'open', '.tiles');
  }],
  ['case', async (page) => {
    await page.keyboard.press('n');
    await settled(page);
    await page.waitForFunction(() => document.querySelector('.stage img')?.complete);
  }],
  ['check', (page) => page.keyboard.press('j')],
  ['reject', (page) => page.keyboard.press('r')],
  ['correct', (page) => page.keyboard.press('c')],
  ['picture', (page) => page.keyboard.press('p')],
  ['escalate', (page) => page.keyboard.press('e')],
  ['help', (page) => page.keyboard.press('?')],
  ['filtered', async (page) => {
    await page.goto('/queue?assignee=nobody');
    await page.getByText('No case passes these filters').waitFor();
  }],
  ['statistics', async (page) => {
    await page.keyboard.press('s');
    await page.locator('.card').last().waitFor();
  }],
];

export default async function looks({ plan, pictures }) {
  for (const size of plan.sizes) {
    // The check itself is a script from outside, which the policy of the page would not let in.
    const page = await open(plan.base, { ...SIZES[size], bypassCSP: true });
    await page.goto('/');
    await page.getByLabel('Your token').waitFor();
    await check(page, `sign-in, ${size}`);
    await picture(page, pictures, `sign-in-${size}`);
    await signIn(page, plan.token);
    for (const [name, step] of STEPS) {
      await step(page);
      const dialog = page.locator('dialog[open]');
      if (['reject', 'correct', 'picture', 'escalate', 'help'].includes(name)) {
        await dialog.waitFor();
      }
      await check(page, `${name}, ${size}`);
      await picture(page, pictures, `${name}-${size}`);
      // The picture of the documentation.
      if (name === 'check' && size === 'light') await picture(page, pictures, 'review-case');
      if (await dialog.count()) await page.keyboard.press('Escape');
    }
    await close(page);
  }
}
