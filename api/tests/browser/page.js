// The page in a browser: opened, signed in, and watched for whatever goes wrong in it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const PROGRAM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
/** How long something that must come is waited for. */
const WAIT_MS_MAX = 60_000;

export const DESKTOP = { width: 1280, height: 800 };

let browser = null;
/** The pages that are open. */
const pages = new Set();

/** The server has stored a decision. */
const isStored = (response) => (
  response.ok() && response.request().method() === 'POST' && response.url().endsWith('/decision'));

/** A page of its own, with its own cookies; `troubles` fills with what goes wrong in it. */
export async function open(base, { scheme = 'light', size = DESKTOP, zoom = 1, ...more } = {}) {
  browser ??= await chromium.launch({ executablePath: PROGRAM, args: FLAGS });
  const context = await browser.newContext({
    baseURL: base,
    viewport: { width: size.width / zoom, height: size.height / zoom },
    deviceScaleFactor: zoom,
    colorScheme: scheme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    ...more,
  });
  context.setDefaultTimeout(WAIT_MS_MAX);
  const page = await context.newPage();
  const troubles = [];
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('console', (message) => {
    // That a request was refused is part of some stories, and told by the page itself.
    const isRefusal = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isRefusal) troubles.push(message.text());
  });
  page.troubles = troubles;
  page.stored = 0;
  page.refused = [];
  page.on('response', (response) => {
    page.stored += isStored(response);
    if (!response.ok()) page.refused.push(`${response.status()} ${response.url()}`);
  });
  page.on('close', () => pages.delete(page));
  pages.add(page);
  return page;
}

/** What a person would see in each open page, and what its server refused, for a story's end. */
export async function seen(pictures, name) {
  for (const page of pages) {
    await picture(page, pictures, `failed-${name}`);
    const words = await page.locator('body').innerText();
    const focus = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
    const { refused, troubles } = page;
    console.error({ url: page.url(), focus, refused, troubles });
    console.error(words);
  }
}

/** Ends the browser by itself: one that is killed leaves files behind. */
export async function end() {
  await browser?.close();
}

/** Closes the page; nothing may have gone wrong in it. */
export async function close(page) {
  assert.deepEqual(page.troubles, []);
  await page.context().close();
}

/** Signs in as a person does, on whichever address it is. */
export async function signIn(page, token, address = '/queue') {
  await page.goto(address);
  await page.getByLabel('Your token').fill(token);
  await page.keyboard.press('Enter');
  await page.locator('.who').waitFor();
}

/** Waits until this case is shown, with its picture. */
export async function shown(page, document) {
  await page.getByRole('heading', { level: 1, name: document, exact: true }).waitFor();
  await page.waitForFunction(() => document.querySelector('.stage img')?.complete);
}

/** Waits until keys decide: one that comes at once still means the case before. */
export async function settled(page) {
  await page.locator('.case:not(.is-fresh)').waitFor();
}

/** Waits until the page shows these words somewhere. */
export async function said(page, words, within = 'body') {
  await page.locator(within).getByText(words).first().waitFor();
}

/** Waits until so many decisions are stored: the page goes on before they have arrived. */
export async function stored(page, count) {
  while (page.stored < count) await page.waitForResponse(isStored);
}

/** Asks the server as another program would, with a token; gives the status and the answer. */
export async function ask(base, token, method, path) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = method === 'GET' ? undefined : '{}';
  const response = await fetch(base + path, { method, headers, body });
  return { status: response.status, body: await response.json() };
}

/** Keeps a picture of what is to be seen. */
export async function picture(page, pictures, name) {
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

/** The title of the case that is shown. */
export const title = (page) => page.locator('.case-title').innerText();
