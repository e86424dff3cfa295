// Requests to the server: what goes wrong is a `Problem`, and what can be sent again is, under the
// same key, for as long as it takes.

import { session, signedInAgain } from './session.js';
import { wait } from './connection.js';

/** Seconds between two tries where the server names none. */
const PAUSES_S = [1, 2, 4, 8, 15];
/** What passes by itself. */
const PASSING = new Set([429, 502, 503, 504]);

/** What the server, or the way to it, had to say against a request. */
export class Problem extends Error {
  constructor({ status = 0, code = 'away', detail, requestId = '', retryAfterS = null }) {
    super(detail);
    Object.assign(this, { status, code, detail, requestId, retryAfterS });
  }

  /** Whether the same request may succeed later. */
  get passes() {
    return this.status === 0 || PASSING.has(this.status);
  }
}

/** A key under which a request counts once. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function retryAfter(response) {
  const text = response.headers.get('retry-after');
  if (text === null) return null;
  const s = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(s) ? Math.min(Math.max(s, 0), 300) : null;
}

async function problem(response) {
  let said = {};
  try {
    said = await response.json();
  } catch {
    // Something between us and the server answered.
  }
  const code = String(said.type ?? '').split(':').at(-1) || 'unknown';
  return new Problem({
    status: response.status,
    code,
    detail: said.detail ?? `the server answered with status ${response.status}`,
    requestId: said.request_id ?? response.headers.get('x-request-id') ?? '',
    retryAfterS: retryAfter(response),
  });
}

async function once(method, path, { body, key, keepalive, signal }) {
  const headers = { accept: 'application/json, application/problem+json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (key) headers['idempotency-key'] = key;
  if (method !== 'GET' && session.now) headers['x-csrf-token'] = session.now.csrf;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const sent = { method, headers, body: text, keepalive, signal, credentials: 'same-origin' };
  let response;
  try {
    response = await fetch(path, { ...sent, cache: 'no-store', redirect: 'error' });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem({ detail: 'the server cannot be reached' });
  }
  if (!response.ok) throw await problem(response);
  const isEmpty = response.status === 204 || response.headers.get('content-length') === '0';
  try {
    return isEmpty ? null : await response.json();
  } catch (error) {
    if (response.status === 201) return null;
    if (error.name === 'AbortError') throw error;
    throw new Problem({ detail: 'the answer of the server broke off' });
  }
}

/** Asks once; where the session has ended, once more after the person has signed in again. */
export async function ask(method, path, options = {}) {
  const before = session.now;
  try {
    return await once(method, path, options);
  } catch (error) {
    if (options.keepalive || !(error instanceof Problem)) throw error;
    if (error.status === 401 && before) {
      await signedInAgain(before);
      if (!session.now) throw error;
    } else if (error.code === 'csrf') {
      session.now = await once('GET', '/v1/session', {});
    } else {
      throw error;
    }
    return once(method, path, options);
  }
}

/**
 * Asks until there is an answer. Whatever passes by itself is waited for, and `what` says in the
 * meantime what waits. The same key goes with every try, so that it counts once. `giveUp` ends
 * the waiting only, `signal` also a request that is on its way.
 */
export async function insist(method, path, { what, giveUp, ...options } = {}) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask(method, path, options);
    } catch (error) {
      if (!(error instanceof Problem) || !error.passes) throw error;
      const pause = PAUSES_S[Math.min(attempt, PAUSES_S.length - 1)];
      // Everybody who was sent away at once does not come back at once.
      const s = error.retryAfterS ?? pause * (0.75 + Math.random() / 2);
      await wait({ what, error, s, signal: giveUp ?? options.signal });
    }
  }
}
