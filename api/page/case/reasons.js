// The reasons among which a person chooses, the likeliest first: the first ten have a digit.

/** Of every document that is rejected. */
const OF_DOCUMENTS = [
  'document.forged', 'document.wrong_type', 'document.expired', 'document.unreadable',
];

const OF_PICTURES = [
  'image.blurred', 'image.glare', 'image.cropped', 'image.low_resolution', 'image.low_contrast',
  'document.incomplete', 'document.unreadable',
];

/** The digits, in the order of the keyboard. */
export const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'];

/** What the server takes as a code. */
const isCode = (code) => /^[a-z0-9_]+(\.[a-z0-9_]+)*$/.test(code) && code.length <= 128;

const unique = (codes) => [...new Set(codes)].filter(isCode);

/** Why a document may be rejected: what the engine found, then what a person sees. */
export function toReject(sheet) {
  // That the engine was unsure is no reason of a person's.
  const found = sheet.about.reasons.filter((code) => !code.startsWith('policy.'));
  const claims = Object.keys(sheet.claims).map((key) => `claim.${key}.mismatch`);
  const failed = sheet.checks.filter((check) => check.outcome === 'failed');
  const known = failed.map((check) => check.reason).filter(Boolean);
  return unique([...found, ...known, ...OF_DOCUMENTS, ...claims]);
}

/** Why another picture may be wanted. */
export function toAsk(sheet) {
  const found = sheet.about.reasons.filter((code) => code.startsWith('image.'));
  return unique([...found, ...OF_PICTURES]);
}
