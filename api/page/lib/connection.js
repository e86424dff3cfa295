// What waits for the server, and the words for it above the page.

import { button, el, replace } from './dom.js';
import { say } from './live.js';

const waiting = new Set();
let ticking = null;

/** Waits some seconds, or until the person or the browser says that it is worth another try. */
export function wait({ what, error, s, signal }) {
  return new Promise((resolve, reject) => {
    const one = { what, error, at: Date.now() + s * 1000, resolve };
    const done = (go, value) => {
      clearTimeout(timer);
      waiting.delete(one);
      signal?.removeEventListener('abort', stop);
      show();
      go(value);
    };
    const stop = () => done(reject, new DOMException('no longer wanted', 'AbortError'));
    const timer = setTimeout(() => done(resolve), s * 1000);
    one.resolve = () => done(resolve);
    signal?.addEventListener('abort', stop);
    const isFirst = waiting.size === 0;
    waiting.add(one);
    show();
    if (isFirst) say(words(one));
  });
}

export function tryNow() {
  for (const one of [...waiting]) one.resolve();
}

function words({ what, error }) {
  const is = error.status === 0 || error.status === 502 ? 'cannot be reached' : 'is busy';
  const kept = what ? ` ${what} is kept and sent again.` : '';
  return `The server ${is}.${kept}`;
}

function show() {
  const banner = document.getElementById('banner');
  clearInterval(ticking);
  if (waiting.size === 0) {
    if (!banner.hidden) say('The server is there again.');
    banner.hidden = true;
    replace(banner);
    return;
  }
  const first = [...waiting].toSorted((a, b) => a.at - b.at)[0];
  const named = [...waiting].find((one) => one.what) ?? first;
  const left = el('span', { class: 'banner-left' });
  const tick = () => {
    const s = Math.max(0, Math.ceil((first.at - Date.now()) / 1000));
    left.textContent = s > 0 ? `Next try in ${s} s.` : 'Trying …';
  };
  tick();
  ticking = setInterval(tick, 500);
  const now = button('Try now', { run: tryNow, class: 'button-small' });
  replace(banner, el('p', {}, words(named), ' ', left), now);
  banner.hidden = false;
}

window.addEventListener('online', tryNow);
