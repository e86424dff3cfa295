// What people said: opinions, comments, earlier verdicts on the same document.

import { ask, Problem } from '../lib/api.js';
import { button, el, replace } from '../lib/dom.js';
import { draft, keep } from '../lib/drafts.js';
import { notice, say } from '../lib/live.js';
import { mayReview } from '../lib/session.js';
import * as time from '../lib/time.js';
import * as words from '../lib/words.js';

const when = (at) => el('time', { datetime: at, title: time.moment(at) }, time.fromNow(at));

/** What an answer says besides its name. */
export function answerDetail(answer) {
  if (answer.reasons) return answer.reasons.map(words.reason).join('; ');
  if (!answer.values) return '';
  const values = Object.entries(answer.values);
  return values.map(([key, value]) => `${words.title(key)}: ${value}`).join('; ');
}

export function opinions(sheet) {
  const said = sheet.about.opinions ?? [];
  if (!said.length) return null;
  return el('section', { class: 'talk', 'aria-label': 'Opinions' },
    el('h2', {}, 'Opinions', el('span', { class: 'tally' }, String(said.length))),
    el('ol', { class: 'said' }, said.map((one) => el('li', {},
      el('p', { class: 'said-head' },
        el('strong', {}, one.reviewer), ' ', words.answer(one.answer.decision), ' ',
        when(one.at)),
      el('p', { class: 'said-why' }, answerDetail(one.answer)),
      one.note && el('p', { class: 'said-note' }, one.note)))));
}

function comments(list) {
  if (!list.length) return el('p', { class: 'none' }, 'Nobody has commented.');
  return el('ol', { class: 'said' }, list.map((one) => el('li', {},
    el('p', { class: 'said-head' }, el('strong', {}, one.author), ' ', when(one.at)),
    el('p', { class: 'said-note' }, one.body))));
}

/** Comments, and the field for another one. */
export function talk(sheet) {
  const list = el('div', {}, comments(sheet.about.comments ?? []));
  const tally = el('span', { class: 'tally' }, String(sheet.about.comments?.length ?? 0));
  const field = el('textarea', {
    rows: 2, value: draft(sheet.id).comment ?? '', name: 'comment', maxlength: 4000,
    on: {
      input: () => keep(sheet.id, { comment: field.value }),
      keydown: (event) => {
        if (event.key === 'Escape') field.blur();
        if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          send();
        }
      },
    },
  });
  const send = async () => {
    const body = field.value.trim();
    if (!body || field.readOnly) return;
    // Disabled it would lose the focus, and with it the next key.
    field.readOnly = true;
    try {
      // Not sent again by itself: a comment whose answer was lost would stand there twice.
      await ask('POST', `${sheet.path}/comments`, { body: { body } });
      keep(sheet.id, { comment: '' });
      field.value = '';
      await sheet.reload();
      replace(list, comments(sheet.about.comments));
      tally.textContent = String(sheet.about.comments.length);
      say('The comment stands.');
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      notice(`The comment was not stored: ${error.message}. It is still in its field.`,
        { kind: 'bad' });
    } finally {
      field.readOnly = false;
    }
  };
  const node = el('section', { class: 'talk', 'aria-label': 'Comments' },
    el('h2', {}, 'Comments', tally), list,
    mayReview() && el('label', { class: 'field' }, 'Comment', field),
    mayReview() && button('Comment', { run: send, key: 'Enter', class: 'button-small' }));
  return { node, focus: () => field.focus() };
}

function entry(one) {
  const { verdict } = one;
  const failed = verdict.checks.filter((check) => check.outcome === 'failed');
  return el('li', {},
    el('p', { class: 'said-head' },
      el('strong', {}, words.decision(verdict.decision)), ' ', words.percent(verdict.confidence),
      ' ', when(verdict.verified_at),
      one.is_current ? el('span', { class: 'badge' }, 'now') : null),
    el('p', { class: 'said-why' },
      verdict.reasons.length ? verdict.reasons.map(words.reason).join('; ') : 'No reasons.'),
    failed.length > 0 && el('p', { class: 'said-note' },
      failed.map((check) => words.check(check.check)).join(', ')));
}

/** Every verdict on the document, fetched when somebody looks. */
export function history(sheet) {
  const list = el('div', { 'aria-live': 'polite' });
  const load = async () => {
    if (sheet.history) return;
    list.textContent = 'One moment …';
    try {
      const all = await sheet.loadHistory();
      replace(list, el('ol', { class: 'said' }, all.toReversed().map(entry)));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      list.textContent = `The verdicts could not be had: ${error.message}.`;
    }
  };
  const node = el('details', { class: 'talk', on: { toggle: () => node.open && load() } },
    el('summary', {}, el('h2', {}, 'Verdicts on this document')), list);
  const toggle = () => {
    node.open = !node.open;
    if (node.open) node.querySelector('summary').focus();
  };
  return { node, toggle };
}
