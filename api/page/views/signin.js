// The way in: a token, once; then a session that the browser holds and no script can read.

import { ask, Problem } from '../lib/api.js';
import { openDialog } from '../lib/dialog.js';
import { el, replace } from '../lib/dom.js';
import { session } from '../lib/session.js';

function form(onDone) {
  const token = el('input', {
    type: 'password', name: 'token', id: 'token', required: true, autocomplete: 'current-password',
    spellcheck: 'false', 'aria-describedby': 'token-problem token-hint',
  });
  const problem = el('p', { class: 'missing', id: 'token-problem', role: 'alert' });
  const send = el('button', { type: 'submit', class: 'button button-main' }, 'Sign in');
  const node = el('form', {
    class: 'signin-form',
    on: {
      submit: async (event) => {
        event.preventDefault();
        send.disabled = true;
        problem.textContent = '';
        token.removeAttribute('aria-invalid');
        try {
          const body = { token: token.value.trim() };
          const next = await ask('POST', '/v1/session', { body });
          token.value = '';
          onDone(next);
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          const isWrong = error.status === 401;
          problem.textContent = isWrong
            ? 'This token is not let in: it is mistyped, has ended or was revoked.'
            : `That did not work: ${error.message}.`;
          if (isWrong) token.setAttribute('aria-invalid', 'true');
          token.select();
        } finally {
          send.disabled = false;
        }
      },
    },
  },
  el('label', { class: 'field', for: 'token' }, 'Your token'), token,
  el('p', { class: 'hint', id: 'token-hint' },
    'It begins with ivr_. Whoever runs the server makes one for you.'),
  problem, send);
  return { node, focus: () => token.focus() };
}

/** The whole page, where nobody is signed in. */
export function mount(root, onDone) {
  document.title = 'Sign in – Review';
  const fields = form((next) => {
    session.now = next;
    onDone();
  });
  replace(root, el('div', { class: 'signin' },
    el('h1', {}, 'Sign in'),
    el('p', {}, 'Documents wait for somebody who looks at them.'), fields.node));
  fields.focus();
}

/** In front of the page, where a session has ended: everything behind it stays as it is. */
export function again() {
  return new Promise((resolve) => {
    const before = session.now.reviewer;
    session.now = null;
    const fields = form((next) => {
      session.now = next;
      if (next.reviewer !== before) {
        // What lies behind is another person's.
        location.assign('/queue');
        return;
      }
      node.close();
      resolve();
    });
    const words = `Your session has ended, ${before}. Nothing that you typed is lost: sign in and `
      + 'go on.';
    const body = el('div', {}, el('p', {}, words), fields.node);
    const node = openDialog('Sign in again', body, { lasting: true });
    fields.focus();
  });
}
