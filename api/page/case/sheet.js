// A case as the page holds it: what the server said of it, its pictures, and its lease.

import { ask, insist, Problem } from '../lib/api.js';
import { isSenior, mayReview, session } from '../lib/session.js';
import { Lease } from './lease.js';

/** Pictures that are fetched before anybody asks for them. */
const PICTURES_AHEAD = 3;

export class Sheet {
  constructor(about, lease) {
    this.about = about;
    this.lease = lease;
    this.pages = [];
    this.pagesProblem = null;
    this.pictures = new Map();
    this.history = null;
    /** Why it was not taken, where it was tried. */
    this.refusal = null;
  }

  get id() {
    return this.about.case_id;
  }

  get path() {
    return casePath(this.about.tenant_id, this.id);
  }

  get address() {
    return `/case/${encodeURIComponent(this.about.tenant_id)}/${encodeURIComponent(this.id)}`;
  }

  /** Whether the person may decide it now. */
  get isMine() {
    return this.lease?.isHeld ?? false;
  }

  get checks() {
    return this.about.verdict?.checks ?? [];
  }

  get claims() {
    return this.about.request?.claims ?? {};
  }

  /** The picture of a page, which may still be on its way. */
  picture(page) {
    if (!this.pictures.has(page)) {
      const image = new Image();
      image.decoding = 'async';
      image.src = `${this.path}/pages/${page}`;
      image.alt = `Page ${page} of ${this.pages.length} of the document`;
      image.draggable = false;
      const ready = image.decode();
      // Whoever shows it asks for the end of it.
      ready.catch(() => {});
      this.pictures.set(page, { image, ready });
    }
    return this.pictures.get(page);
  }

  /** Fetches a picture anew that did not come. */
  forgetPicture(page) {
    this.pictures.delete(page);
  }

  async loadPages(signal) {
    try {
      const answer = await ask('GET', `${this.path}/pages`, { signal });
      this.pages = answer.pages;
      this.pagesProblem = null;
      this.pages.slice(0, PICTURES_AHEAD).forEach(({ page }) => this.picture(page));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.pagesProblem = error;
    }
  }

  async loadHistory() {
    const { tenant_id: tenant, document_id: document } = this.about;
    const at = `/v1/tenants/${tenant}/documents/${encodeURIComponent(document)}/history`;
    this.history = await ask('GET', at);
    return this.history;
  }

  /** Reads the case anew, e.g. after a comment or where it was changed by somebody else. */
  async reload() {
    this.about = await insist('GET', this.path);
    return this;
  }
}

export function casePath(tenant, id) {
  return `/v1/tenants/${encodeURIComponent(tenant)}/cases/${encodeURIComponent(id)}`;
}

/** A case with its first picture, ready to be shown. */
async function whole(about, lease, signal) {
  const sheet = new Sheet(about, lease);
  await sheet.loadPages(signal);
  const [first] = sheet.pages;
  // A picture that does not come is said where it would stand; the case is shown all the same.
  if (first) await sheet.picture(first.page).ready.catch(() => {});
  return sheet;
}

/** Takes the next free case; null where there is none. */
export async function claim({ order, tenant, signal, isAhead = false }) {
  const asked = Date.now();
  const body = tenant ? { order, tenant } : { order };
  // Nobody waits for a case that is fetched ahead, so nothing is said of it.
  const send = isAhead ? ask : insist;
  // A claim that is on its way is not broken off: its case would be held and shown to nobody.
  const record = await send('POST', '/v1/cases/claim', { body, giveUp: signal });
  if (record === null) return null;
  const lease = new Lease(record, asked);
  try {
    signal?.throwIfAborted();
    const about = await insist('GET', casePath(record.tenant_id, record.case_id), { signal });
    return await whole(about, lease, signal);
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** Whether taking it could succeed. */
function isFree(about) {
  if (!mayReview()) return false;
  const isOwn = about.holder === session.now.reviewer;
  if (about.is_escalated && !isSenior()) return false;
  return about.state === 'open' || about.state === 'escalated'
    || (about.state === 'claimed' && isOwn);
}

/** Opens a case by its address, and takes it where it is free. */
export async function open(tenant, id, signal) {
  let about = await insist('GET', casePath(tenant, id), { signal });
  let lease = null;
  let refusal = null;
  if (isFree(about)) {
    try {
      ({ lease, about } = await taken(about));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refusal = error;
    }
  }
  const sheet = await whole(about, lease, signal);
  sheet.refusal = refusal;
  return sheet;
}

async function taken(about) {
  const asked = Date.now();
  const at = `${casePath(about.tenant_id, about.case_id)}/lease`;
  const record = await insist('POST', at, { body: {} });
  return { lease: new Lease(record, asked), about: { ...about, ...record } };
}

/** Takes a case that is shown, e.g. after its lease was lost. */
export async function take(sheet) {
  sheet.lease?.finish();
  // What was lost is no reason any more; what keeps it from being taken is said instead.
  sheet.lease = null;
  const { lease, about } = await taken(sheet.about);
  sheet.lease = lease;
  sheet.about = about;
  sheet.refusal = null;
}
