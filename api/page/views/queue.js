// The queue: how much waits, what of it is looked for, and the cases themselves.

import { ask, Problem } from '../lib/api.js';
import { button, el, replace } from '../lib/dom.js';
import { bind } from '../lib/keys.js';
import { say } from '../lib/live.js';
import { go } from '../lib/router.js';
import { mayReview } from '../lib/session.js';
import * as time from '../lib/time.js';
import * as words from '../lib/words.js';
import * as desk from '../case/desk.js';
import { meter } from '../case/checks.js';
import { filters, WAITING } from './filters.js';

const PAGE = 50;
const REFRESH_S = 30;

/** The query for the server, of what stands in the address. */
function asked(search) {
  const query = new URLSearchParams();
  for (const [name, value] of search) if (value !== '') query.set(name, value);
  if (!query.has('state')) query.set('state', WAITING);
  if (query.get('state') === 'all') query.delete('state');
  query.set('limit', String(PAGE));
  return query;
}

function tile(number, name, search, kind = '') {
  const shown = [el('span', { class: 'tile-number' }, String(number)),
    el('span', { class: 'tile-name' }, name)];
  const props = { class: `tile ${kind}` };
  return search === null ? el('p', props, shown)
    : el('a', { ...props, href: `/queue${search}` }, shown);
}

function tiles({ waiting }) {
  return [
    tile(waiting.open, 'open', '?state=open'),
    tile(waiting.claimed, 'in hand', '?state=claimed'),
    tile(waiting.escalated, 'escalated', '?state=escalated'),
    tile(waiting.overdue, 'overdue', null, waiting.overdue ? 'tile-late' : ''),
  ];
}

/** Why a case waits; the first reasons, and how many more there are. */
function reasons(codes) {
  const shown = codes.slice(0, 2).map((code) => (
    el('span', { class: 'reason', title: code }, words.reason(code))));
  const more = codes.length - shown.length;
  return [shown, more > 0 && el('span', { class: 'none' }, `and ${more} more`)];
}

const address = ({ tenant_id: tenant, case_id: id }) => (
  `/case/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}`);

function row(one) {
  const isLate = time.isPast(one.due_at) && one.state !== 'decided';
  const state = one.state === 'claimed' ? `${words.state(one.state)}: ${one.holder}`
    : words.state(one.state);
  const cell = (label, kind, ...shown) => el('td', { class: kind, data: { label } }, shown);
  return el('tr', {},
    el('th', { scope: 'row' }, el('a', { class: 'row-link', href: address(one) }, one.document_id)),
    cell('Type', '', words.type(one.document_type)),
    cell('Tenant', '', one.tenant_id),
    cell('Why', 'cell-why', reasons(one.reasons)),
    cell('Confidence', 'cell-meter', meter(one.confidence, '')),
    cell('State', '', el('span', { class: `badge badge-${one.state}` }, state)),
    cell('Due', isLate ? 'is-late' : '', el('time', {
      datetime: one.due_at, title: time.moment(one.due_at),
    }, time.fromNow(one.due_at))));
}

const HEADS = ['Document', 'Type', 'Tenant', 'Why', 'Confidence', 'State', 'Due'];

function table(cases) {
  return el('table', { class: 'cases' },
    el('caption', { class: 'unseen' }, 'Cases'),
    el('thead', {}, el('tr', {}, HEADS.map((name) => el('th', { scope: 'col' }, name)))),
    el('tbody', {}, cases.map(row)));
}

/** Which case comes next, for whoever wants the next one. */
function nextBar() {
  const chosen = desk.choice();
  const order = (value, label) => el('label', { class: 'segment' },
    el('input', {
      type: 'radio', name: 'order', value, checked: chosen.order === value,
      on: { change: () => desk.choose({ order: value }) },
    }), el('span', {}, label));
  return el('div', { class: 'next-bar' },
    el('fieldset', { class: 'segments' },
      el('legend', { class: 'unseen' }, 'Which case comes next'),
      order('due', 'Oldest deadline'), order('doubt', 'Least certain')),
    button('Take the next', { key: 'n', run: () => go('/next'), class: 'button-main' }));
}

class QueueView {
  constructor(root) {
    this.root = root;
    this.search = new URLSearchParams(location.search);
    this.counts = el('div', { class: 'tiles' });
    this.list = el('div', { class: 'list' });
    this.filters = filters(this.search, (search) => go(`/queue${search}`));
    this.heading = el('h1', { tabindex: '-1' }, 'Queue');
    replace(root, el('div', { class: 'queue' },
      el('header', { class: 'queue-head' }, this.heading, this.counts, mayReview() && nextBar()),
      this.filters.node, this.list));
    this.heading.focus({ preventScroll: true });
    document.title = 'Queue – Review';
    this.unbind = bind({
      next: () => mayReview() && go('/next'),
      rowDown: () => this.step(1),
      rowUp: () => this.step(-1),
      filter: () => this.filters.focus(),
      pageOn: () => this.list.querySelector('[data-act=on]')?.click(),
      pageBack: () => this.search.has('cursor') && history.back(),
    });
    this.timer = setInterval(() => this.refresh(), REFRESH_S * 1000);
    this.load();
    this.count();
  }

  /** Quietly, and never under somebody's hands. */
  refresh() {
    if (document.hidden) return;
    this.count();
    if (!this.list.contains(document.activeElement)) this.load(true);
  }

  async count() {
    const tenant = this.search.get('tenant');
    const query = tenant ? `?tenant=${encodeURIComponent(tenant)}` : '';
    try {
      const statistics = await ask('GET', `/v1/statistics${query}`);
      replace(this.counts, tiles(statistics));
      this.filters.suggest(statistics);
    } catch (error) {
      // The list itself says what is wrong; without the counts it still serves.
      if (!(error instanceof Problem)) throw error;
    }
  }

  async load(isQuiet = false) {
    if (!isQuiet) replace(this.list, el('p', { class: 'none' }, 'One moment …'));
    try {
      const page = await ask('GET', `/v1/cases?${asked(this.search)}`);
      if (this.isOver) return;
      this.show(page);
      if (!isQuiet) say(`${words.count(page.cases.length, 'case')}${page.next ? ' and more' : ''}`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (isQuiet || this.isOver) return;
      replace(this.list, el('div', { class: 'empty', role: 'alert' },
        el('p', {}, `The queue cannot be shown: ${error.message}.`),
        button('Try again', { run: () => this.load() })));
    }
  }

  show({ cases, next }) {
    if (!cases.length) {
      const isAll = this.search.size === 0;
      replace(this.list, el('div', { class: 'empty' },
        el('h2', { class: 'empty-title' },
          isAll ? 'Nothing waits' : 'No case passes these filters'),
        isAll && el('p', { class: 'none' }, 'New cases appear here by themselves.'),
        !isAll && el('a', { class: 'button', href: '/queue' }, 'All that waits')));
      return;
    }
    const to = (cursor) => {
      const search = new URLSearchParams(this.search);
      search.delete('cursor');
      if (cursor) search.set('cursor', cursor);
      return `/queue?${search}`;
    };
    replace(this.list, table(cases), el('nav', { class: 'paging', 'aria-label': 'Pages' },
      this.search.has('cursor') && el('a', { class: 'button', href: to(null) }, 'First page'),
      next && el('a', { class: 'button', href: to(next), data: { act: 'on' } }, 'Next page')));
  }

  step(by) {
    const links = [...this.list.querySelectorAll('.row-link')];
    const at = links.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by;
    const link = links[Math.min(Math.max(next, 0), links.length - 1)];
    link?.focus();
    link?.closest('tr').scrollIntoView({ block: 'nearest' });
  }

  end() {
    this.isOver = true;
    clearInterval(this.timer);
    this.unbind();
  }
}

export function mount(root) {
  const view = new QueueView(root);
  return () => view.end();
}
