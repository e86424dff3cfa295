// What became of the last decisions: on the way, stored and to be undone for a while, or refused.

import { button } from '../lib/dom.js';
import { bind } from '../lib/keys.js';
import { notice, say } from '../lib/live.js';
import { go } from '../lib/router.js';
import * as words from '../lib/words.js';
import * as desk from '../case/desk.js';
import { showUndone } from './case.js';

let shown = null;
let timer = null;
let isUndoing = false;

const nameOf = ({ sheet }) => sheet.about.document_id;

function outcome(one) {
  const what = words.answer(one.answer.decision);
  const { state, opinions_needed: needed } = one.sheet.about;
  const isFirst = one.state === 'stored' && needed > 1 && state === 'open';
  return `${what}: ${nameOf(one)}${isFirst ? ' (the first of two opinions)' : ''}`;
}

function take(message) {
  shown?.end();
  shown = message;
}

function undoButton(one) {
  const left = Math.ceil(desk.graceLeftS(one));
  return button(`Undo (${left} s)`, {
    key: 'u', run: () => undo(one), class: 'button-small', data: { act: 'undo' },
  });
}

/** Shows the decision, and how long it can be undone. */
function follow(one) {
  clearInterval(timer);
  take(notice(outcome(one), { actions: [undoButton(one)] }));
  const message = shown;
  timer = setInterval(() => {
    if (shown !== message) return;
    // On its way it stays, also while nobody is signed in and no time is known.
    if (one.state !== 'sending' && desk.graceLeftS(one) <= 0) {
      clearInterval(timer);
      take(null);
      return;
    }
    const label = message.node.querySelector('[data-act=undo] span');
    if (label) label.textContent = `Undo (${Math.ceil(desk.graceLeftS(one))} s)`;
  }, 1000);
}

function failed(one) {
  const again = button('Open it again', {
    class: 'button-small',
    run: () => {
      message.end();
      go(one.sheet.address);
    },
  });
  const message = notice(
    `The decision on ${nameOf(one)} was not stored: ${one.problem.message}. `
      + 'What you typed is kept.',
    { kind: 'bad', actions: [again] });
}

function told({ detail: one }) {
  const isLast = desk.lastSent() === one;
  if (one.state === 'sending') {
    follow(one);
  } else if (one.state === 'stored' && isLast) {
    if (shown) shown.set(outcome(one));
    else follow(one);
  } else if (one.state === 'failed') {
    if (isLast) take(null);
    failed(one);
  } else if (one.state === 'undone' && isLast) {
    take(null);
  }
}

async function undo(one) {
  if (isUndoing) return;
  if (!one) {
    say('There is nothing to undo.');
    return;
  }
  isUndoing = true;
  try {
    const sheet = await desk.undo(one);
    take(null);
    const root = document.getElementById('main');
    if (location.pathname.startsWith('/case/')) showUndone(root, sheet);
    else go(sheet.address);
    notice(`The decision on ${nameOf(one)} is undone; the case is yours again.`, { seconds: 6 });
  } catch (error) {
    notice(`It was not undone: ${error.message}.`, { kind: 'bad', seconds: 20 });
  } finally {
    isUndoing = false;
  }
}

export function install() {
  desk.told.addEventListener('sent', told);
  bind({ undo: () => undo(desk.undoable()) });
  window.addEventListener('pagehide', () => desk.leave());
  // What the server has not answered yet is worth a question before the tab goes.
  window.addEventListener('beforeunload', (event) => {
    if (desk.onTheirWay() > 0) event.preventDefault();
  });
}
