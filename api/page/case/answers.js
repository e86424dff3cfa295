// The questions behind the keys: which reason, which value. Each gives an answer and a note, or
// null where the person thought better of it.

import { openDialog } from '../lib/dialog.js';
import { button, el, keycap } from '../lib/dom.js';
import { draft, keep } from '../lib/drafts.js';
import { digit, isTyping } from '../lib/keys.js';
import * as words from '../lib/words.js';
import { allChecks } from './checks.js';
import { DIGITS, toAsk, toReject } from './reasons.js';

/** The note of the case, which is the same wherever it is written. */
function noteField(sheet) {
  return el('label', { class: 'field' }, 'Note (goes with the decision)',
    el('textarea', {
      rows: 2, value: draft(sheet.id).note ?? '', name: 'note',
      on: { input: (event) => keep(sheet.id, { note: event.target.value }) },
    }));
}

function foot(send) {
  return el('div', { class: 'dialog-foot' },
    el('button', { type: 'submit', class: 'button button-main' },
      el('span', {}, send), keycap('Enter')),
    el('button', { type: 'button', class: 'button', on: { click: closeDialog } },
      el('span', {}, 'Back'), keycap('Esc')));
}

const closeDialog = (event) => event.target.closest('dialog').close();

/** Opens a form; `read(form)` gives the answer, or words that say what is missing. */
function asked(title, rows, { send, read, onKey }) {
  return new Promise((resolve) => {
    let given = null;
    const missing = el('p', { class: 'missing', role: 'alert' });
    const take = (answer) => {
      if (typeof answer === 'string') {
        missing.textContent = answer;
        return;
      }
      given = answer;
      node.close();
    };
    const form = el('form', {
      on: {
        submit: (event) => {
          event.preventDefault();
          take(read(form));
        },
        // A line break in a note is made with Shift; Enter alone sends.
        keydown: (event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          if (!event.target.matches('textarea, input')) return;
          event.preventDefault();
          form.requestSubmit();
        },
      },
    }, rows, missing, foot(send));
    const node = openDialog(title, form, {
      class: 'dialog-answer',
      onKey: (event) => onKey?.(event, take),
      onClose: () => resolve(given),
    });
  });
}

function reasonRow(code, at) {
  const key = DIGITS[at];
  return el('label', { class: 'choice', title: code },
    el('input', { type: 'checkbox', name: 'reason', value: code, 'aria-keyshortcuts': key }),
    key ? keycap(key) : el('span', { class: 'key key-none' }),
    el('span', { class: 'choice-words' }, words.reason(code)));
}

/** Reasons: a digit sends one at once, Shift and digits or Space choose several. */
function reasons(decision, codes, { title, send, sheet }) {
  const rows = [
    el('p', { class: 'hint' },
      'A digit sends that reason at once. Space, or Shift and a digit, chooses several.'),
    el('fieldset', { class: 'choices' },
      el('legend', { class: 'unseen' }, 'Reasons'), codes.map(reasonRow)),
    noteField(sheet),
  ];
  const onKey = (event, take) => {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = DIGITS.indexOf(String(digit(event)));
    if (at < 0 || at >= codes.length || event.repeat) return;
    event.preventDefault();
    if (event.shiftKey) {
      const box = event.currentTarget.querySelectorAll('input[name=reason]')[at];
      box.checked = !box.checked;
      return;
    }
    const chosen = [...event.currentTarget.querySelectorAll('input:checked')];
    const all = new Set([...chosen.map((box) => box.value), codes[at]]);
    take({ decision, reasons: [...all] });
  };
  const read = (form) => {
    const chosen = new FormData(form).getAll('reason');
    return chosen.length ? { decision, reasons: chosen } : 'Choose a reason.';
  };
  return asked(title, rows, { send, read, onKey });
}

export function askReject(sheet) {
  const texts = { title: 'Reject: why?', send: 'Reject', sheet };
  return reasons('reject', toReject(sheet), texts);
}

export function askPicture(sheet) {
  const texts = { title: 'A better picture: why?', send: 'Ask for it', sheet };
  return reasons('request_picture', toAsk(sheet), texts);
}

/**
 * What a claim would have to be: what was read where its check failed, else what was claimed. The
 * picture shows the place of the field that is written in.
 */
function correctRow(sheet, key, claimed, point) {
  const check = allChecks(sheet).find((each) => each.check === `claim.${key}`);
  const isWrong = check?.outcome === 'failed';
  const kept = draft(sheet.id).values?.[key];
  const input = el('input', {
    type: 'text', name: key, autocomplete: 'off', spellcheck: 'false',
    value: kept ?? (isWrong ? check.found ?? claimed : claimed),
    data: { claimed },
    on: {
      input: (event) => {
        const values = { ...draft(sheet.id).values, [key]: event.target.value };
        keep(sheet.id, { values });
        row.classList.toggle('is-changed', event.target.value !== claimed);
      },
      focus: (event) => {
        event.target.select();
        point(check ?? null);
      },
    },
  });
  const row = el('label', { class: `correction${isWrong ? ' is-wrong' : ''}` },
    el('span', { class: 'correction-name' }, words.title(key)), input,
    el('span', { class: 'correction-was' }, 'claimed: ', claimed));
  row.classList.toggle('is-changed', input.value !== claimed);
  return row;
}

export async function askCorrect(sheet, point) {
  const claims = Object.entries(sheet.claims);
  const rows = claims.map(([key, claimed]) => correctRow(sheet, key, claimed, point))
    .toSorted((one, other) => (
      other.classList.contains('is-wrong') - one.classList.contains('is-wrong')));
  const read = (form) => {
    const values = {};
    for (const input of form.querySelectorAll('.correction input')) {
      const value = input.value.trim();
      if (value === '') return `${words.title(input.name)} is empty.`;
      if (value !== input.dataset.claimed) values[input.name] = value;
    }
    const isSame = Object.keys(values).length === 0;
    return isSame ? 'Nothing differs from the claims.' : { decision: 'correct', values };
  };
  const hint = 'Where a check failed, what was read stands here already. Only what differs from '
    + 'its claim is sent.';
  const body = [el('p', { class: 'hint' }, hint), el('div', { class: 'corrections' }, rows),
    noteField(sheet)];
  return asked('Correct', body, { send: 'Correct', read });
}

export function askEscalate(sheet) {
  const hint = 'Somebody senior decides this case. A note saves him the search.';
  const body = [el('p', { class: 'hint' }, hint), noteField(sheet)];
  const read = () => ({ decision: 'escalate' });
  return asked('Escalate', body, { send: 'Escalate', read });
}

/** The buttons of all answers, with the note beside them. */
export function answerBar(sheet, act) {
  const isOpen = sheet.isMine;
  const action = (label, key, name, kind) => button(label, {
    key, run: () => act(name), class: kind, disabled: !isOpen, data: { act: name },
  });
  const canEscalate = !sheet.about.is_escalated;
  const canCorrect = Object.keys(sheet.claims).length > 0;
  return el('div', { class: 'answers', role: 'group', 'aria-label': 'Decide' },
    action('Approve', 'a', 'approve', 'button-approve'),
    action('Reject', 'r', 'reject', 'button-reject'),
    canCorrect && action('Correct', 'c', 'correct'),
    action('New picture', 'p', 'picture'),
    canEscalate && action('Escalate', 'e', 'escalate'));
}
