// A case: its document, what was claimed and read, and the decision.

import { button, el, keycap, replace } from '../lib/dom.js';
import { Problem } from '../lib/api.js';
import { draft, keep } from '../lib/drafts.js';
import { KEY } from '../lib/keymap.js';
import { bind } from '../lib/keys.js';
import { say } from '../lib/live.js';
import { go, here } from '../lib/router.js';
import * as desk from '../case/desk.js';
import * as answers from '../case/answers.js';
import { Checks } from '../case/checks.js';
import { Countdown, head, obstacleBar, summary } from '../case/head.js';
import { take } from '../case/sheet.js';
import { history, opinions, talk } from '../case/talk.js';
import { Viewer } from '../case/viewer.js';

/** Milliseconds within which a key still means the case before: nobody reads as fast. */
const TOO_SOON_MS = 250;

const ASK = {
  approve: () => ({ decision: 'approve' }),
  reject: answers.askReject,
  correct: answers.askCorrect,
  picture: answers.askPicture,
  escalate: answers.askEscalate,
};

/** The view of one case, from the moment that it is known until another one takes its place. */
class CaseView {
  constructor(root, sheet) {
    Object.assign(this, { root, sheet });
    this.countdown = sheet.isMine ? new Countdown(sheet.lease) : null;
    this.viewer = new Viewer(sheet, {
      onMark: (check) => {
        this.viewer.light(check, false);
        this.checks.light(check);
      },
      onPick: (check) => this.checks.focus(check),
    });
    this.checks = new Checks(sheet, (check, jump) => {
      this.viewer.light(check, jump);
      this.checks.light(check);
    });
    this.obstacle = obstacleBar({ onTake: () => this.take(), onNext: () => this.next() });
    this.head = head(sheet, this.countdown);
    this.talk = talk(sheet);
    this.history = history(sheet);
    this.render();
    this.unbind = bind(this.actions);
    this.onLost = () => this.lost();
    sheet.lease?.addEventListener('lost', this.onLost);
  }

  render() {
    const { sheet } = this;
    this.note = el('textarea', {
      rows: 1, value: draft(sheet.id).note ?? '', name: 'case-note', maxlength: 4000,
      placeholder: 'Goes with the decision',
      'aria-keyshortcuts': KEY.note,
      on: {
        input: () => keep(sheet.id, { note: this.note.value }),
        keydown: (event) => event.key === 'Escape' && this.note.blur(),
      },
    });
    this.bar = el('div', { class: 'case-foot' });
    this.renderBar();
    const panel = el('div', { class: 'panel' },
      el('div', { class: 'panel-rest', tabindex: '-1' },
        this.obstacle.node, this.checks.node, opinions(sheet), this.history.node, this.talk.node),
      this.bar);
    this.node = el('article', { class: 'case is-fresh', 'aria-label': 'Case' },
      this.head.node, this.viewer.node, panel);
    this.fresh = setTimeout(() => this.node.classList.remove('is-fresh'), TOO_SOON_MS);
    replace(this.root, this.node);
    this.obstacle.show(sheet);
  }

  renderBar() {
    replace(this.bar, answers.answerBar(this.sheet, (name) => this.answer(name)),
      el('label', { class: 'field note' }, el('span', {}, 'Note'), keycap(KEY.note), this.note));
  }

  get actions() {
    const answer = (name) => () => this.answer(name);
    return {
      approve: answer('approve'),
      reject: answer('reject'),
      correct: answer('correct'),
      picture: answer('picture'),
      escalate: answer('escalate'),
      next: () => this.next(),
      note: () => this.note.focus(),
      comment: () => this.talk.focus(),
      take: () => this.take(),
      checkDown: () => this.checks.step(1),
      checkUp: () => this.checks.step(-1),
      history: () => this.history.toggle(),
      ...this.viewer.actions,
    };
  }

  /** Asks what belongs to the answer, sends it, and shows the next case. */
  async answer(name) {
    const { sheet } = this;
    const isTooSoon = this.node.classList.contains('is-fresh');
    if (this.isOver || isTooSoon) return;
    if (name === 'escalate' && sheet.about.is_escalated) return;
    if (name === 'correct' && !Object.keys(sheet.claims).length) return;
    if (!sheet.isMine) {
      say('This case is not in your hand. Press t to take it.');
      return;
    }
    const answer = await ASK[name](sheet, (check) => this.viewer.light(check, true));
    this.note.value = draft(sheet.id).note ?? '';
    if (answer === null || this.isOver) return;
    if (!sheet.isMine) {
      this.lost();
      return;
    }
    performance.mark('case-decided');
    desk.decide(sheet, answer, this.note.value.trim());
    showNext(this.root);
  }

  next() {
    if (this.isOver) return;
    desk.skip();
    performance.mark('case-decided');
    showNext(this.root);
  }

  async take() {
    const { sheet } = this;
    if (sheet.isMine || this.isOver) return;
    try {
      await take(sheet);
      await sheet.reload();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      sheet.refusal = error;
      await sheet.reload().catch(() => {});
    }
    if (!this.isOver) show(this.root, sheet);
  }

  lost() {
    this.obstacle.show(this.sheet);
    this.renderBar();
    this.countdown?.node.classList.add('is-lost');
    this.countdown?.show();
  }

  end() {
    this.isOver = true;
    clearTimeout(this.fresh);
    this.unbind();
    this.countdown?.end();
    this.viewer.end();
    this.sheet.lease?.removeEventListener('lost', this.onLost);
  }
}

let view = null;
let stop = null;

function endView() {
  view?.end();
  view = null;
}

/** Puts a case on the page. */
function show(root, sheet) {
  endView();
  document.title = `${sheet.about.document_id} – Review`;
  view = new CaseView(root, sheet);
  if (here() !== sheet.address) go(sheet.address, { replace: true, silent: true });
  // The heading takes the focus, so that keys and readers start at the new case.
  view.head.heading.focus({ preventScroll: true });
  root.scrollTop = 0;
  say(summary(sheet));
  requestAnimationFrame(() => requestAnimationFrame(measure));
  desk.lookAhead();
}

/** From the decision to the frame in which the next case stands. */
function measure() {
  if (!performance.getEntriesByName('case-decided').length) return;
  performance.measure('case-shown', 'case-decided');
  performance.clearMarks('case-decided');
}

async function showNext(root) {
  const sheet = desk.nextAtOnce();
  if (sheet) {
    show(root, sheet);
    return;
  }
  await fetchNext(root);
}

async function fetchNext(root) {
  endView();
  stop?.abort();
  const mine = new AbortController();
  stop = mine;
  waitingRoom(root, 'Fetching the next case …');
  try {
    const sheet = await desk.next(mine.signal);
    if (mine.signal.aborted) desk.putBack();
    else if (sheet) show(root, sheet);
    else nothingLeft(root);
  } catch (error) {
    if (error.name !== 'AbortError') trouble(root, error);
  }
}

function waitingRoom(root, words) {
  const heading = el('h1', { tabindex: '-1' }, words);
  replace(root, el('div', { class: 'empty' }, heading));
  heading.focus();
  return root.firstElementChild;
}

function nothingLeft(root) {
  document.title = 'Nothing left – Review';
  performance.clearMarks('case-decided');
  go('/next', { replace: true, silent: true });
  const room = waitingRoom(root, 'Nothing is waiting');
  room.append(
    el('p', { class: 'none' }, 'Every case is decided, in somebody’s hand, or not for you.'),
    el('div', { class: 'empty-row' },
      button('Look again', { key: 'n', run: () => fetchNext(root) }),
      button('The queue', { key: 'q', run: () => go('/queue') })));
  say('Nothing is waiting.');
}

function trouble(root, error) {
  const isProblem = error instanceof Problem;
  const room = waitingRoom(root, 'The case cannot be shown');
  const id = isProblem && error.requestId ? ` (request ${error.requestId})` : '';
  room.append(el('p', {}, `${error.message}${id}`));
  if (!isProblem) throw error;
}

/** `/case/TENANT/CASE`, and `/next` for whichever comes next. */
export function mount(root, { tenant, id }) {
  const unbind = bind({ next: () => fetchNext(root) });
  if (id) openByAddress(root, tenant, id);
  else showNext(root);
  return () => {
    unbind();
    stop?.abort();
    endView();
    // Whoever goes to another page of ours has put the case down.
    desk.putBack();
  };
}

async function openByAddress(root, tenant, id) {
  stop?.abort();
  const mine = new AbortController();
  stop = mine;
  waitingRoom(root, 'Fetching the case …');
  try {
    const sheet = await desk.openCase(tenant, id, mine.signal);
    if (mine.signal.aborted) desk.putBack();
    else show(root, sheet);
  } catch (error) {
    if (error.name !== 'AbortError') trouble(root, error);
  }
}

/** Brings a case back whose decision was undone. */
export function showUndone(root, sheet) {
  show(root, sheet);
}
