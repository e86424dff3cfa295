// Small charts, drawn by hand, each with the same numbers as a table for those who do not see it.

import { el, svg } from './dom.js';

const WIDTH = 420;
const LABEL_ROOM = 24;

/** The numbers, for screen readers and for whoever opens them. */
function table(caption, heads, rows) {
  return el('details', { class: 'numbers' }, el('summary', {}, 'Numbers'),
    el('table', {}, el('caption', { class: 'unseen' }, caption),
      el('thead', {}, el('tr', {}, heads.map((name) => el('th', { scope: 'col' }, name)))),
      el('tbody', {}, rows.map(([name, ...values]) => el('tr', {},
        el('th', { scope: 'row' }, name), values.map((value) => el('td', {}, String(value))))))));
}

function card(title, ...content) {
  return el('section', { class: 'card', 'aria-label': title }, el('h2', {}, title), content);
}

const empty = (title) => card(title, el('p', { class: 'none' }, 'Nothing yet.'));

/** Lying bars; `rows` are pairs of words and a number, and `show` says the number. */
export function bars(title, heads, rows, show = String) {
  if (!rows.length) return empty(title);
  const most = Math.max(...rows.map(([, value]) => value), 1);
  const drawn = rows.map(([name, value]) => el('div', { class: 'bar-row' },
    el('span', { class: 'bar-name', title: name }, name),
    el('span', { class: 'bar-track' },
      el('span', { class: 'bar', style: { width: `${(value / most) * 100}%` } })),
    el('span', { class: 'bar-value' }, show(value))));
  return card(title, el('div', { class: 'bars', 'aria-hidden': 'true' }, drawn),
    table(title, heads, rows.map(([name, value]) => [name, show(value)])));
}

/** A top corner that is a little round. */
function column(x, y, width, height) {
  const r = Math.min(3, width / 2, height);
  return `M${x} ${y + height}v${-(height - r)}q0 ${-r} ${r} ${-r}h${width - 2 * r}`
    + `q${r} 0 ${r} ${r}v${height - r}z`;
}

/** Standing bars over time; `points` are `{ label, value, isNamed }`. */
export function columns(title, heads, points) {
  if (points.every((point) => point.value === 0)) return empty(title);
  const height = 140;
  const most = Math.max(...points.map((point) => point.value), 1);
  const step = WIDTH / points.length;
  const at = (value) => height - (value / most) * (height - 16);
  const drawn = points.map(({ label, value, isNamed }, i) => [
    value > 0 && svg('path', {
      class: 'column', d: column(i * step + step * 0.15, at(value), step * 0.7, height - at(value)),
    }, svg('title', {}, `${label}: ${value}`)),
    isNamed && svg('text', {
      class: 'axis-words', x: i * step + step * 0.85, y: height + 16, 'text-anchor': 'end',
    }, label),
  ]);
  const chart = svg('svg', {
    class: 'chart', viewBox: `0 0 ${WIDTH} ${height + LABEL_ROOM}`, 'aria-hidden': 'true',
  },
  svg('line', { class: 'grid', x1: 0, x2: WIDTH, y1: at(most), y2: at(most) }),
  svg('text', { class: 'axis-words', x: 0, y: at(most) - 4 }, String(most)),
  drawn,
  svg('line', { class: 'axis', x1: 0, x2: WIDTH, y1: height, y2: height }));
  const rows = points.filter((point) => point.value > 0)
    .map((point) => [point.label, point.value]);
  return card(title, chart, table(title, heads, rows));
}

/** A share as a part of a ring, with the count below it. */
export function ring(title, { part, whole, words }) {
  if (!whole) return empty(title);
  const share = part / whole;
  const r = 44;
  const length = 2 * Math.PI * r;
  const circle = (kind, dash) => svg('circle', {
    class: kind, cx: 60, cy: 60, r, 'stroke-dasharray': dash, transform: 'rotate(-90 60 60)',
  });
  const chart = svg('svg', { class: 'ring', viewBox: '0 0 120 120', 'aria-hidden': 'true' },
    circle('ring-rest', `${length} 0`), circle('ring-part', `${share * length} ${length}`),
    svg('text', { class: 'ring-words', x: 60, y: 67, 'text-anchor': 'middle' },
      `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`));
  return card(title, el('div', { class: 'ring-row' }, chart, el('p', {}, words)));
}
