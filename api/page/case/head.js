// The head of a case: what it is, how sure the engine was, how long there is time for it.

import { button, el, replace } from '../lib/dom.js';
import { say } from '../lib/live.js';
import { mayReview, session } from '../lib/session.js';
import * as time from '../lib/time.js';
import * as words from '../lib/words.js';
import { meter } from './checks.js';
import { WARN_S } from './lease.js';
import { answerDetail } from './talk.js';

function fact(name, ...shown) {
  return el('div', { class: 'fact' }, el('dt', {}, name), el('dd', {}, shown));
}

function badges({ is_escalated: isEscalated, opinions_needed: needed, reasons, state }) {
  return [
    state !== 'claimed' && el('span', { class: `badge badge-${state}` }, words.state(state)),
    isEscalated && state !== 'escalated' && el('span', { class: 'badge badge-escalated' },
      'Escalated'),
    needed > 1 && el('span', { class: 'badge' }, 'Two opinions'),
    reasons.includes('policy.sampled') && el('span', { class: 'badge' }, 'Sample'),
  ];
}

/** The time that is left of the lease. */
export class Countdown {
  constructor(lease) {
    this.lease = lease;
    this.left = el('span', { class: 'lease-left' });
    this.ring = el('span', { class: 'lease-ring', 'aria-hidden': 'true' });
    this.node = el('p', { class: 'lease', role: 'timer', 'aria-live': 'off' },
      el('span', { class: 'lease-words' }, 'Yours for '), this.ring, this.left);
    this.tick = () => this.show();
    this.end = () => this.lease.removeEventListener('tick', this.tick);
    lease.addEventListener('tick', this.tick);
    this.hasWarned = false;
    this.show();
  }

  show() {
    const s = this.lease.leftS;
    this.left.textContent = time.countdown(s);
    const share = this.lease.lengthMs ? (s * 1000) / this.lease.lengthMs : 0;
    this.ring.style.setProperty('--share', String(Math.min(share, 1)));
    const warnS = Math.min(WARN_S, this.lease.lengthMs / 3000);
    const isLate = s < warnS;
    this.node.classList.toggle('is-late', isLate);
    if (isLate && !this.hasWarned) say('The case is yours only a little longer. Any key keeps it.');
    this.hasWarned = isLate;
  }
}

export function head(sheet, countdown) {
  const { about } = sheet;
  const isLate = time.isPast(about.due_at) && about.state !== 'decided';
  const heading = el('h1', { tabindex: '-1', class: 'case-title' }, about.document_id);
  const node = el('header', { class: 'case-head' },
    el('div', { class: 'case-name' },
      el('p', { class: 'case-kind' }, words.type(about.document_type)),
      heading, el('p', { class: 'badges' }, badges(about))),
    el('dl', { class: 'facts' },
      fact('Confidence', meter(about.confidence, '')),
      fact('Tenant', about.tenant_id),
      about.vendor_id && fact('Vendor', about.vendor_id),
      fact('Waiting', el('time', { datetime: about.opened_at, title: time.moment(about.opened_at) },
        time.fromNow(about.opened_at))),
      fact('Due', el('time', {
        datetime: about.due_at, title: time.moment(about.due_at), class: isLate ? 'is-late' : '',
      }, time.fromNow(about.due_at)))),
    countdown?.node);
  return { node, heading };
}

/** What a screen reader hears of a case that is shown. */
export function summary(sheet) {
  const failed = sheet.checks.filter((check) => check.outcome === 'failed');
  const told = failed.slice(0, 3).map((check) => {
    const values = check.expected !== undefined && check.found !== undefined
      ? `: claimed ${check.expected}, read ${check.found}` : '';
    return `${words.check(check.check)}${values}`;
  });
  const { document_id: document, document_type: type } = sheet.about;
  const what = failed.length ? `${words.count(failed.length, 'check')} failed. ` : '';
  return `${words.type(type)} ${document}. ${what}${told.join('. ')}`;
}

/** Why the case cannot be decided here, and what can be done about it. */
function obstacle(sheet) {
  const { about, lease, refusal } = sheet;
  if (lease?.isLost) {
    return 'The lease of this case was lost, so somebody else may have it. Nothing that you typed '
      + 'is lost.';
  }
  if (about.state === 'decided' || about.state === 'superseded') {
    const outcome = about.outcome
      ? `${words.answer(about.outcome.decision)} ${time.fromNow(about.decided_at)}. `
        + answerDetail(about.outcome)
      : `${words.state(about.state)}: there is nothing left to decide.`;
    return outcome;
  }
  if (refusal) return `The case could not be taken: ${refusal.message}.`;
  if (!mayReview()) return 'Your token lets you look at cases, and not decide them.';
  if (about.is_escalated && about.state !== 'claimed') {
    return 'This case is for somebody senior.';
  }
  if (about.holder && about.holder !== session.now.reviewer) {
    return `${about.holder} has this case until ${time.hour(about.lease_until)}.`;
  }
  return 'Nobody has this case.';
}

/** The words above the checks of a case that is not in hand. */
export function obstacleBar({ onTake, onNext }) {
  const node = el('div', { class: 'obstacle', role: 'alert', hidden: true });
  return {
    node,
    show(sheet) {
      node.hidden = sheet.isMine;
      if (sheet.isMine) {
        replace(node);
        return;
      }
      const isClosed = sheet.about.state === 'decided' || sheet.about.state === 'superseded';
      const canTake = !isClosed && mayReview();
      replace(node, el('p', {}, obstacle(sheet)),
        canTake && button('Take it', { key: 't', run: onTake, class: 'button-small' }),
        mayReview() && button('Next', { key: 'n', run: onNext, class: 'button-small' }));
    },
  };
}
