// How the queue stands, and how well people and the engine agree.

import { ask, Problem } from '../lib/api.js';
import { button, el, replace } from '../lib/dom.js';
import { bars, columns, ring } from '../lib/charts.js';
import { bind } from '../lib/keys.js';
import { go } from '../lib/router.js';
import { mayReview, session } from '../lib/session.js';
import * as time from '../lib/time.js';
import * as words from '../lib/words.js';

const HOUR_MS = 3_600_000;
const HOURS = 24;
const BARS_MAX = 8;

/** The last day hour by hour; the hours that the server leaves out are empty. */
function hours({ at, decided_by_hour: decided }) {
  const cases = new Map(decided.map((one) => [Date.parse(one.hour), one.cases]));
  const last = Math.floor(Date.parse(at) / HOUR_MS) * HOUR_MS;
  return Array.from({ length: HOURS }, (_, i) => {
    const hour = last - (HOURS - 1 - i) * HOUR_MS;
    const label = time.hour(new Date(hour).toISOString());
    return { label, value: cases.get(hour) ?? 0, isNamed: (HOURS - 1 - i) % 6 === 0 };
  });
}

/** The largest ones, and the others as one. */
function largest(rows) {
  const sorted = rows.toSorted((one, other) => other[1] - one[1]);
  if (sorted.length <= BARS_MAX) return sorted;
  const rest = sorted.slice(BARS_MAX - 1).reduce((sum, [, value]) => sum + value, 0);
  return [...sorted.slice(0, BARS_MAX - 1), ['All others', rest]];
}

function cards(statistics) {
  const { waiting, by_reason: reasons, by_type: types, age_s: age, answers } = statistics;
  const { agreement, sampled } = statistics;
  const ages = [['Median', age.p50], ['90 %', age.p90], ['99 %', age.p99], ['Oldest', age.max]];
  const pairs = `${agreement.agreed} of ${words.count(agreement.pairs, 'pair')} of opinions agree.`;
  const errors = `${sampled.not_approved} of ${words.count(sampled.decided, 'accepted document')} `
    + 'that were drawn at random were not approved by a person.';
  return [
    bars('Waiting, by state', ['State', 'Cases'], [
      ['Open', waiting.open], ['In hand', waiting.claimed], ['Escalated', waiting.escalated],
      ['Overdue', waiting.overdue]]),
    columns('Decided in the last 24 hours', ['Hour', 'Cases'], hours(statistics)),
    bars('Waiting, by reason', ['Reason', 'Cases'],
      largest(reasons.map((one) => [words.reason(one.reason), one.cases]))),
    bars('Waiting, by type', ['Type', 'Cases'],
      largest(types.map((one) => [words.type(one.type), one.cases]))),
    bars('Age of what waits', ['Share', 'Age'],
      ages.filter(([, value]) => Number.isFinite(value)), time.lasting),
    bars('Answers of the last 30 days', ['Answer', 'Cases'],
      largest(answers.map((one) => [words.answer(one.decision), one.cases]))),
    ring('Agreement of two people', {
      part: agreement.agreed, whole: agreement.pairs, words: pairs,
    }),
    ring('Error of accepting', {
      part: sampled.not_approved, whole: sampled.decided, words: errors,
    }),
  ];
}

function tenantChoice(chosen) {
  const { tenants } = session.now;
  const change = (event) => {
    const { value } = event.target;
    go(value ? `/statistics?tenant=${encodeURIComponent(value)}` : '/statistics');
  };
  const control = tenants
    ? el('select', { on: { change } }, ['', ...tenants].map((name) => (
      el('option', { value: name, selected: name === chosen }, name || 'All'))))
    : el('input', { type: 'text', value: chosen, placeholder: 'all', on: { change } });
  return el('label', { class: 'field field-line' }, el('span', {}, 'Tenant'), control);
}

export function mount(root) {
  document.title = 'Statistics – Review';
  const tenant = new URLSearchParams(location.search).get('tenant') ?? '';
  const heading = el('h1', { tabindex: '-1' }, 'Statistics');
  const at = el('p', { class: 'none' });
  const grid = el('div', { class: 'cards' });
  replace(root, el('div', { class: 'statistics' },
    el('header', { class: 'statistics-head' }, heading, at, tenantChoice(tenant)), grid));
  heading.focus({ preventScroll: true });
  const load = async () => {
    const query = tenant ? `?tenant=${encodeURIComponent(tenant)}` : '';
    try {
      const statistics = await ask('GET', `/v1/statistics${query}`);
      at.textContent = `as of ${time.moment(statistics.at)}`;
      replace(grid, cards(statistics));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      replace(grid, el('div', { class: 'empty', role: 'alert' },
        el('p', {}, `The statistics cannot be shown: ${error.message}.`),
        button('Try again', { run: load })));
    }
  };
  load();
  return bind({ next: () => mayReview() && go('/next') });
}
