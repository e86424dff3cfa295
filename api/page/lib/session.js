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

/**
 * One question, however many requests found that the session `before` has ended; also for those
 * that find it while the question stands, or after it was answered.
 */
export async function signedInAgain(before) {
  if (session.now === before) asking ??= session.ask().finally(() => { asking = null; });
  await asking;
}
