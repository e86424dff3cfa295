// The lease of a case: how long it is held, and held longer while the person is at work.

import { ask, Problem } from '../lib/api.js';

/** Below this share of its length a lease is renewed, if somebody is there. */
const RENEW_BELOW = 0.6;
/** A person who has done nothing for this share of the lease is taken to be away. */
const AWAY_AFTER = 0.5;
/** Seconds before the end from which on the end is announced. */
export const WARN_S = 60;

let lastActive = Date.now();

for (const event of ['keydown', 'pointerdown', 'pointermove', 'wheel', 'touchstart']) {
  document.addEventListener(event, () => { lastActive = Date.now(); }, { passive: true });
}

export class Lease extends EventTarget {
  /** Of a record that a change gave; `asked` is when the change was asked for. */
  constructor(record, asked) {
    super();
    this.path = `/v1/tenants/${record.tenant_id}/cases/${record.case_id}/lease`;
    this.isLost = false;
    this.isEnded = false;
    this.take(record, asked);
    this.timer = setInterval(() => this.tick(), 1000);
  }

  /**
   * The server's clock is compared with itself only, and the time on the way counts as passed, so
   * that the lease never looks longer than it is.
   */
  take(record, asked) {
    const from = Date.parse(record.changed_at);
    const length = Date.parse(record.lease_until) - from;
    this.fence = record.fence;
    this.lengthMs = Number.isFinite(length) ? Math.max(length, 0) : 0;
    this.end = asked + this.lengthMs;
  }

  get leftS() {
    return this.isLost ? 0 : Math.max(0, (this.end - Date.now()) / 1000);
  }

  get isHeld() {
    return !this.isLost && !this.isEnded && this.leftS > 0;
  }

  tick() {
    if (this.isEnded) return;
    const leftMs = this.end - Date.now();
    if (leftMs <= 0) {
      this.lose();
      return;
    }
    const isThere = Date.now() - lastActive < this.lengthMs * AWAY_AFTER;
    if (leftMs < this.lengthMs * RENEW_BELOW && isThere) this.renew();
    this.dispatchEvent(new Event('tick'));
  }

  async renew() {
    if (this.isAsking) return;
    this.isAsking = true;
    const asked = Date.now();
    try {
      const record = await ask('PUT', this.path, { body: { fence: this.fence } });
      if (this.isEnded) return;
      this.take(record, asked);
      this.dispatchEvent(new Event('tick'));
    } catch (error) {
      // What passes is tried again at the next tick; the lease itself says when it is too late.
      if (error instanceof Problem && !error.passes && error.status !== 401) this.lose();
    } finally {
      this.isAsking = false;
    }
  }

  lose() {
    if (this.isLost || this.isEnded) return;
    this.isLost = true;
    clearInterval(this.timer);
    this.dispatchEvent(new Event('lost'));
  }

  /** It does not count any more: the case was decided. */
  finish() {
    this.isEnded = true;
    clearInterval(this.timer);
  }

  /** Gives the case back. Also when the page goes away, so nobody waits for the answer. */
  release() {
    const wasHeld = this.isHeld;
    this.finish();
    if (!wasHeld) return Promise.resolve();
    const given = ask('DELETE', `${this.path}?fence=${this.fence}`, { keepalive: true });
    // Where it is not given back, it ends by itself.
    return given.catch(() => {});
  }
}
