// What was typed and not sent: by case and person, until the tab is closed.

import { session } from './session.js';

const held = new Map();

const name = (caseId) => `ivendor.draft.${session.now?.reviewer ?? ''}.${caseId}`;

export function draft(caseId) {
  const key = name(caseId);
  if (!held.has(key)) {
    let kept = {};
    try {
      kept = JSON.parse(sessionStorage.getItem(key) ?? '{}');
    } catch {
      // A draft that cannot be read is none.
    }
    held.set(key, kept);
  }
  return held.get(key);
}

/** Keeps these parts of the draft; a part that is empty goes. */
export function keep(caseId, parts) {
  const now = draft(caseId);
  for (const [part, value] of Object.entries(parts)) {
    if (value === '' || value === null || value === undefined) delete now[part];
    else now[part] = value;
  }
  try {
    if (Object.keys(now).length) sessionStorage.setItem(name(caseId), JSON.stringify(now));
    else sessionStorage.removeItem(name(caseId));
  } catch {
    // A full store: the copy in memory still counts.
  }
}

export function forget(caseId) {
  held.delete(name(caseId));
  sessionStorage.removeItem(name(caseId));
}
