// The page: who is signed in, what is shown, and the keys that work everywhere.

import { ask, Problem } from './lib/api.js';
import { button, el, replace } from './lib/dom.js';
import { bind, installKeys } from './lib/keys.js';
import { notice } from './lib/live.js';
import * as router from './lib/router.js';
import { session } from './lib/session.js';
import * as desk from './case/desk.js';
import * as caseView from './views/case.js';
import { help } from './views/help.js';
import * as queue from './views/queue.js';
import * as sent from './views/sent.js';
import * as signin from './views/signin.js';
import * as statistics from './views/statistics.js';

const main = document.getElementById('main');

const ROUTES = [
  [/^\/queue$/, queue.mount],
  [/^\/statistics$/, statistics.mount],
  [/^\/next$/, caseView.mount],
  [/^\/case\/(?<tenant>[^/]+)\/(?<id>[^/]+)$/, caseView.mount],
];

function renderTop() {
  const top = document.getElementById('top');
  const link = (href, words) => el('a', { href }, words);
  const brand = el('span', { class: 'brand' }, el('span', { class: 'brand-mark' }), 'Review');
  if (!session.now) {
    replace(top, brand);
    return;
  }
  replace(top, brand,
    el('nav', { class: 'nav', 'aria-label': 'Pages of the review' },
      link('/queue', 'Queue'), link('/statistics', 'Statistics')),
    el('div', { class: 'top-end' },
      button('Keys', { key: '?', run: help, class: 'button-quiet' }),
      el('span', { class: 'who' }, session.now.reviewer),
      button('Sign out', { run: signOut, class: 'button-quiet' })));
}

async function signOut() {
  const isSure = desk.onTheirWay() === 0
    || window.confirm('Decisions are not stored yet. Sign out all the same?');
  if (!isSure) return;
  router.end();
  // Cases are given back before the session that may do so is gone.
  await desk.putBack();
  try {
    await ask('DELETE', '/v1/session');
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) {
      notice(`You are still signed in: ${error.message}.`, { kind: 'bad' });
      router.show();
      return;
    }
  }
  // Nothing of this person stays in the memory of the page, nor where a browser goes back to.
  replace(main);
  location.assign('/queue');
}

function signedIn() {
  renderTop();
  router.start(ROUTES, main);
}

function installOnce() {
  session.ask = signin.again;
  installKeys();
  sent.install();
  bind({
    help,
    queue: () => session.now && router.go('/queue'),
    statistics: () => session.now && router.go('/statistics'),
  });
  window.addEventListener('unhandledrejection', ({ reason }) => {
    if (reason?.name === 'AbortError') return;
    notice(`Something went wrong in this page: ${reason?.message ?? reason}.`, { kind: 'bad' });
  });
}

async function begin() {
  renderTop();
  try {
    session.now = await ask('GET', '/v1/session');
    signedIn();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) {
      signin.mount(main, signedIn);
      return;
    }
    replace(main, el('div', { class: 'empty', role: 'alert' },
      el('h1', {}, 'The server does not answer as it should'),
      el('p', {}, error.message), button('Try again', { run: begin })));
  }
}

installOnce();
begin();
