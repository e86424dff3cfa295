// What is said to everybody: in a corner for those who see, and aloud for those who listen.

import { el, replace } from './dom.js';
import { icon } from './icons.js';

const said = () => document.getElementById('said');
const alarm = () => document.getElementById('alarm');
const corner = () => document.getElementById('notices');

/** Says it aloud, and nothing else. */
export function say(text) {
  // The same words twice are said twice only where the node is empty in between.
  said().textContent = '';
  requestAnimationFrame(() => { said().textContent = text; });
}

function sayAtOnce(text) {
  alarm().textContent = '';
  requestAnimationFrame(() => { alarm().textContent = text; });
}

/**
 * A message in the corner. `actions` are buttons; `seconds` is how long it stays, for ever where it
 * is not given. Gives a handle to change or end it.
 */
export function notice(text, { kind = 'plain', actions = [], seconds = null } = {}) {
  const words = el('p', { class: 'notice-words' }, text);
  const close = el('button', {
    type: 'button', class: 'notice-close', 'aria-label': 'Close the message',
    on: { click: () => handle.end() },
  }, icon('close'));
  const row = el('div', { class: 'notice-actions' }, actions);
  const node = el('div', { class: `notice notice-${kind}` }, words, row, close);
  let timer = null;
  const handle = {
    node,
    end() {
      clearTimeout(timer);
      // Focus that stood in the message goes back to the page.
      if (node.contains(document.activeElement)) document.getElementById('main').focus();
      node.remove();
    },
    set(next, more = {}) {
      words.textContent = next;
      if (more.actions) replace(row, more.actions);
      if (more.kind) node.className = `notice notice-${more.kind}`;
    },
  };
  corner().append(node);
  if (kind === 'bad') sayAtOnce(text);
  else say(text);
  if (seconds !== null) timer = setTimeout(() => handle.end(), seconds * 1000);
  return handle;
}
