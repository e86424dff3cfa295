// Who is signed in.

/** `now` is the server's answer about the session, or null. */
export const session = {
  now: null,
  /** Set by the page: asks the person to sign in again, and ends when he has. */
  ask: null,
};

/** Whether the person may decide cases. */
export function mayReview() {
  return session.now?.scopes.some((scope) => scope === 'review' || scope === 'admin') ?? false;
}

/** Whether escalated cases are for him. */
export function isSenior() {
  return session.now?.scopes.includes('admin') ?? false;
}

let asking = null;

/** One question, however many requests found the session ended. */
export function signedInAgain() {
  asking ??= session.ask().finally(() => { asking = null; });
  return asking;
}
