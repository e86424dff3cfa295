// Codes in the words of people. A code that is not known here is shown as it is.

const REASONS = {
  'content.unreachable': 'The bytes could not be fetched',
  'content.too_large': 'Past a limit on size',
  'content.encrypted': 'Encrypted',
  'content.unsupported': 'Not a type of document that is read',
  'content.damaged': 'The file is broken',
  'content.sha256': 'Not the bytes that were announced',
  'content.duplicate': 'The same document came before',
  'type.unknown': 'No profile for this type',
  'type.mismatch': 'Another type of document',
  'text.none': 'No text was found',
  'text_layer.differs': 'The text inside the PDF differs from its page',
  'image.low_resolution': 'Too few pixels',
  'image.blurred': 'Blurred',
  'image.glare': 'Glare over the text',
  'image.low_contrast': 'Too little contrast',
  'image.cropped': 'Runs off the picture',
  'identifier.format': 'An identifier has the wrong form',
  'identifier.check_digit': 'A check digit is wrong',
  'arithmetic.mismatch': 'The amounts do not add up',
  'mrz.not_found': 'No machine-readable zone',
  'mrz.check_digit': 'A check digit of the machine-readable zone is wrong',
  'mrz.claim_mismatch': 'The machine-readable zone says something else',
  'validity.expired': 'No longer valid',
  'validity.not_yet': 'Not valid yet',
  'second_reader.absent': 'There was no second reader',
  'engine.failed': 'The engine failed',
  'policy.uncertain': 'Nothing failed, but it is not sure enough',
  'policy.no_claims': 'Nothing was claimed',
  'policy.sampled': 'Drawn at random, to measure errors',
  'document.forged': 'Looks forged',
  'document.wrong_type': 'The wrong kind of document',
  'document.expired': 'Expired',
  'document.unreadable': 'Cannot be read',
  'document.incomplete': 'A page or a part is missing',
};

const OF_CLAIMS = {
  mismatch: 'another value stands there',
  not_found: 'not found on the document',
  invalid: 'the claimed value is not of its kind',
};

const CHECKS = {
  'content.fetch': 'File was fetched',
  'content.type': 'Kind of file',
  'content.sha256': 'Bytes as announced',
  'content.decode': 'File can be read',
  'content.duplicate': 'Not seen before',
  'text.present': 'Text was found',
  'text.second_reader': 'Second reader',
  'text_layer.agrees': 'Text layer fits the page',
  'image.resolution': 'Resolution',
  'image.blur': 'Sharpness',
  'image.glare': 'No glare',
  'image.contrast': 'Contrast',
  'image.crop': 'Whole page',
  'type.known': 'Type is known',
  'type.match': 'Type of document',
  'arithmetic.total': 'Sums add up',
  'arithmetic.balance': 'Balance adds up',
  'mrz.found': 'Machine-readable zone',
  'mrz.check_digits': 'Its check digits',
  'mrz.claims': 'Zone fits the claims',
  'validity.start': 'Already valid',
  'validity.expiry': 'Still valid',
};

const STATES = {
  open: 'Open', claimed: 'In hand', escalated: 'Escalated', decided: 'Decided',
  superseded: 'Superseded',
};

const ANSWERS = {
  approve: 'Approved', reject: 'Rejected', correct: 'Corrected',
  request_picture: 'Better picture asked for', escalate: 'Escalated',
};

const DECISIONS = { accept: 'Accept', review: 'Review', reject: 'Reject' };

const CAPITALS = new Set(['bic', 'ein', 'iban', 'id', 'mrz', 'ssn', 'tin', 'vat']);

/** `date_of_issue` as `Date of issue`. */
export function title(code) {
  const words = String(code).split(/[._\s]+/).filter(Boolean);
  const written = words.map((word) => (CAPITALS.has(word) ? word.toUpperCase() : word)).join(' ');
  return written.charAt(0).toUpperCase() + written.slice(1);
}

const claimOf = (code) => /^claim\.(.+)\.(mismatch|not_found|invalid)$/.exec(code);

export function reason(code) {
  const claim = claimOf(code);
  if (claim) return `${title(claim[1])}: ${OF_CLAIMS[claim[2]]}`;
  return REASONS[code] ?? title(code);
}

/** Why a check failed, where its name stands beside it. */
export function why({ check: name, reason: code }) {
  const claim = claimOf(code);
  const said = claim && name === `claim.${claim[1]}` ? OF_CLAIMS[claim[2]] : reason(code);
  return said.charAt(0).toUpperCase() + said.slice(1);
}

export function check(name) {
  if (name.startsWith('claim.')) return title(name.slice(6));
  return CHECKS[name] ?? title(name);
}

export const state = (name) => STATES[name] ?? title(name);
export const answer = (name) => ANSWERS[name] ?? title(name);
export const decision = (name) => DECISIONS[name] ?? title(name);
export const type = (name) => (name ? title(name) : 'Unknown type');

/** A share as whole percents; never 0 or 100 where it is not exactly so. */
export function percent(share) {
  if (!Number.isFinite(share)) return '–';
  const whole = Math.round(share * 100);
  const between = share > 0 && share < 1 ? Math.min(99, Math.max(1, whole)) : whole;
  return `${between} %`;
}

export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}
