// The checks of a case: what failed first, each beside what was claimed and where it stands.

import { el, unseen } from '../lib/dom.js';
import { diff } from '../lib/diff.js';
import * as words from '../lib/words.js';

const GROUPS = [
  ['failed', 'Failed', 'Nothing failed'],
  ['not_executed', 'Could not run', null],
  ['passed', 'Passed', null],
];

/** The name of a claim's check. */
const ofClaim = (key) => `claim.${key}`;

/** The checks, and the claims that no check was about as ones that did not run. */
export function allChecks(sheet) {
  const known = new Set(sheet.checks.map((check) => check.check));
  const unchecked = Object.entries(sheet.claims)
    .filter(([key]) => !known.has(ofClaim(key)))
    .map(([key, value]) => ({
      check: ofClaim(key), outcome: 'not_executed', confidence: 0, expected: value, evidence: [],
    }));
  return [...sheet.checks, ...unchecked];
}

/** Both values, with what differs marked where the check failed. */
function values({ expected, found, outcome }) {
  const marked = outcome === 'failed' && expected !== undefined && found !== undefined;
  const [left, right] = marked
    ? diff(expected, found)
    : [expected, found].map((text) => [{ text: text ?? '', differs: false }]);
  const show = (parts) => parts.map(({ text, differs }) => (
    differs ? el('mark', { class: 'differs' }, text) : text));
  const row = (name, text, parts, none) => el('div', { class: `value value-${name}` },
    el('dt', {}, words.title(name)),
    el('dd', {}, text === undefined ? el('span', { class: 'none' }, none) : show(parts)));
  return el('dl', { class: 'values' },
    row('claimed', expected, left, 'nothing'),
    row('read', found, right, 'nothing'));
}

/** How sure, as a bar and in words. */
export function meter(share, label) {
  const wide = `${Math.round(Math.min(Math.max(share, 0), 1) * 100)}%`;
  return el('span', { class: 'meter' },
    el('span', { class: 'meter-bar', 'aria-hidden': 'true' },
      el('span', { class: 'meter-fill', style: { width: wide } })),
    unseen(`${label} `), words.percent(share));
}

function fullRow(check) {
  const isPair = check.expected !== undefined || check.check.startsWith('claim.');
  return [
    el('span', { class: 'check-head' },
      el('span', { class: 'check-name' }, words.check(check.check)),
      check.outcome === 'failed' ? meter(check.confidence, 'True with') : null),
    check.reason && el('span', { class: 'check-why' }, words.why(check)),
    isPair ? values(check) : check.found && el('span', { class: 'check-found' }, check.found),
  ];
}

function shortRow(check) {
  return el('span', { class: 'check-line' },
    el('span', { class: 'check-name' }, words.check(check.check)),
    el('span', { class: 'check-found' }, short(check.found ?? check.expected ?? '')),
    meter(check.confidence, 'True with'));
}

/** A digest is known by its beginning. */
function short(text) {
  return /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 12)}…` : text;
}

/**
 * The panel. `onPoint(check, jump)` is told what is pointed at or focused, and whether the picture
 * should go there.
 */
export class Checks {
  constructor(sheet, onPoint) {
    this.rows = new Map();
    this.onPoint = onPoint;
    const checks = allChecks(sheet);
    this.node = el('div', { class: 'checks' }, GROUPS.map(([outcome, name, none]) => {
      const group = checks.filter((check) => check.outcome === outcome);
      if (!group.length && !none) return null;
      return this.group(outcome, name, group, none);
    }));
  }

  group(outcome, name, group, none) {
    const isFull = outcome !== 'passed';
    // Claims are what was asked; the others say whether the picture can be trusted.
    const ordered = group.toSorted((one, other) => (
      other.check.startsWith('claim.') - one.check.startsWith('claim.')));
    const list = (checks) => (checks.length > 0
      && el('ol', { class: 'rows' }, checks.map((check) => this.row(check, isFull))));
    // What passed and was not asked for stays folded: nobody decides by it.
    const isApart = (check) => !isFull && !check.check.startsWith('claim.');
    const [near, apart] = [ordered.filter((check) => !isApart(check)), ordered.filter(isApart)];
    return el('section', { class: `group group-${outcome}`, 'aria-label': name },
      el('h2', {}, group.length ? name : none,
        group.length ? el('span', { class: 'tally' }, String(group.length)) : null),
      list(near),
      apart.length > 0 && el('details', { class: 'apart' },
        el('summary', {}, words.count(apart.length, 'check'), ' of the document itself'),
        list(apart)));
  }

  row(check, isFull) {
    const node = el('button', {
      type: 'button',
      class: `check check-${check.outcome}${check.evidence.length ? '' : ' is-placeless'}`,
      on: {
        pointerenter: () => this.onPoint(check, false),
        pointerleave: () => this.onPoint(null, false),
        focus: () => this.onPoint(check, true),
        blur: () => this.onPoint(null, false),
        click: () => this.onPoint(check, true),
      },
    }, isFull ? fullRow(check) : shortRow(check),
    check.evidence.length ? null : unseen(' It has no place in the picture.'));
    this.rows.set(check, node);
    return el('li', {}, node);
  }

  /** Lights up a row, as its mark is pointed at. */
  light(check) {
    for (const [each, node] of this.rows) node.classList.toggle('is-active', each === check);
    const row = check && this.rows.get(check);
    const folded = row?.closest('details');
    if (folded) folded.open = true;
    row?.scrollIntoView({ block: 'nearest' });
  }

  focus(check) {
    this.rows.get(check)?.focus();
  }

  /** The next row, or the one before, from the one that has the focus. */
  step(by) {
    const seen = [...this.rows.values()].filter((node) => node.offsetParent !== null);
    const nodes = seen.toSorted((one, other) => (
      one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
    const at = nodes.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : nodes.length - 1) : at + by;
    nodes[Math.min(Math.max(next, 0), nodes.length - 1)]?.focus();
  }
}
