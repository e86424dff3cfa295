// What lies on the desk: the case in hand, the next one ready beside it, and the decisions that
// are on their way or can still be undone.

import { insist, newKey, Problem } from '../lib/api.js';
import { draft, forget, keep } from '../lib/drafts.js';
import { mayReview, session } from '../lib/session.js';
import * as words from '../lib/words.js';
import { Lease } from './lease.js';
import { claim, open } from './sheet.js';

const CHOICE = 'ivendor.choice';

/** Tells of `sent` (a decision, at every step) and of `next` (something lies ready). */
export const told = new EventTarget();

/** The case in hand. */
let current = null;
/** A promise of the next one, and the one itself once it is there. */
let ahead = null;
let ready = null;
/** Decisions of this sitting, the last one at the end. */
const sent = [];

/** Which case comes next, and of which tenant. */
export function choice() {
  try {
    return { order: 'due', tenant: '', ...JSON.parse(sessionStorage.getItem(CHOICE) ?? '{}') };
  } catch {
    return { order: 'due', tenant: '' };
  }
}

export function choose(parts) {
  sessionStorage.setItem(CHOICE, JSON.stringify({ ...choice(), ...parts }));
  putBackAhead();
}

export const inHand = () => current;

/** Puts a case beside the one in hand. */
function lay(sheet) {
  ready = sheet;
  performance.mark('case-ahead');
  // A lease that ends unused is no loss: another case is fetched when it is wanted.
  sheet.lease.addEventListener('lost', () => {
    if (ready !== sheet) return;
    ready = null;
    ahead = null;
  });
}

/** Fetches the next case, so that it lies ready when this one is decided. */
export function lookAhead() {
  if (ahead || !mayReview()) return;
  const mine = claim({ ...choice(), isAhead: true });
  ahead = mine;
  mine.then((sheet) => {
    // Nobody waits for it any more.
    if (ahead !== mine) sheet?.lease.release();
    else if (sheet) lay(sheet);
    else ahead = null;
    told.dispatchEvent(new Event('next'));
  }, () => {
    if (ahead === mine) ahead = null;
  });
}

function putBackAhead() {
  ready?.lease.release();
  ready = null;
  ahead = null;
}

/** The one that lies ready, at once, or null. */
function takeReady() {
  const sheet = ready?.lease.isHeld ? ready : null;
  if (sheet) {
    ready = null;
    ahead = null;
  }
  return sheet;
}

/** The next case: the one that lies ready, or a new one; null where none is free. */
export async function next(signal) {
  const sheet = takeReady() ?? await fetchedNext(signal);
  current = sheet;
  return sheet;
}

/** The next case where it lies ready, without waiting. */
export function nextAtOnce() {
  const sheet = takeReady();
  if (sheet) current = sheet;
  return sheet;
}

async function fetchedNext(signal) {
  // It may be on its way already; whether it came is seen by what lies ready then.
  await ahead?.catch(() => {});
  return takeReady() ?? claim({ ...choice(), signal });
}

/** Opens a case by its address. */
export async function openCase(tenant, id, signal) {
  if (current?.id === id && current.about.tenant_id === tenant) return current;
  if (ready?.id === id && ready.lease.isHeld) return nextAtOnce();
  current = await open(tenant, id, signal);
  return current;
}

/** Puts the case in hand back, and the one beside it. */
export function putBack() {
  const lease = current?.lease;
  current = null;
  putBackAhead();
  return lease?.release() ?? Promise.resolve();
}

/** Puts the case in hand back, and keeps the one beside it. */
export function skip() {
  const lease = current?.lease;
  current = null;
  return lease?.release() ?? Promise.resolve();
}

/** Leaves the desk as it is when the page goes away: only the unused case is given back. */
export function leave() {
  putBackAhead();
}

/**
 * Sends a decision. It is on its way when this returns, and is sent again until the server has
 * answered; the case is no longer in hand.
 */
export function decide(sheet, answer, note) {
  const one = {
    sheet, answer, note, key: newKey(), state: 'sending', at: null, problem: null,
    kept: { ...draft(sheet.id), note },
  };
  const { fence } = sheet.lease;
  // It stays a draft until it is stored, whatever becomes of this tab.
  keep(sheet.id, { note });
  sheet.lease.finish();
  current = null;
  sent.push(one);
  one.stored = store(one, fence);
  tell(one);
  return one;
}

async function store(one, fence) {
  const { sheet, answer, note, key } = one;
  const what = `“${words.answer(answer.decision)}” for ${sheet.about.document_id}`;
  try {
    const body = { fence, answer, note };
    const record = await insist('POST', `${sheet.path}/decision`, { body, key, what });
    one.state = 'stored';
    one.at = Date.now();
    sheet.about = { ...sheet.about, ...record };
    forget(sheet.id);
  } catch (error) {
    one.state = 'failed';
    one.problem = error;
    keep(sheet.id, one.kept);
  }
  tell(one);
}

function tell(one) {
  told.dispatchEvent(new CustomEvent('sent', { detail: one }));
}

/** Seconds within which a decision can be undone. */
export function graceLeftS(one) {
  const grace = session.now?.grace_s ?? 0;
  if (one.state === 'sending') return grace;
  return one.state === 'stored' ? Math.max(0, grace - (Date.now() - one.at) / 1000) : 0;
}

/** The last decision that can be undone, if any. */
export function undoable() {
  return sent.findLast((one) => graceLeftS(one) > 0) ?? null;
}

/**
 * Undoes a decision, and gives its case back into the hand. The case that was in hand goes beside
 * it, to be the next.
 */
export async function undo(one) {
  await one.stored;
  if (one.state !== 'stored') throw one.problem ?? new Problem({ detail: 'nothing was stored' });
  const asked = Date.now();
  const { sheet } = one;
  const what = `Undoing for ${sheet.about.document_id}`;
  const record = await insist('DELETE', `${sheet.path}/decision`, { key: newKey(), what });
  one.state = 'undone';
  keep(sheet.id, one.kept);
  tell(one);
  sheet.lease = new Lease(record, asked);
  sheet.about = { ...sheet.about, ...record };
  if (current?.isMine) {
    putBackAhead();
    lay(current);
    ahead = Promise.resolve(current);
  }
  current = sheet;
  return sheet;
}

/** Decisions that the server has not answered yet. */
export function onTheirWay() {
  return sent.filter((one) => one.state === 'sending').length;
}

/** The decision that was given last. */
export const lastSent = () => sent.at(-1) ?? null;
