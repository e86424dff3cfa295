// Where two values differ, character by character.

/** Past this many characters a table of all pairs costs more than it shows. */
const LENGTH_MAX = 600;
/** Below this share of common characters the two are simply different values. */
const ALIKE_MIN = 0.6;

const segmenter = 'Segmenter' in Intl ? new Intl.Segmenter() : null;

/** What a reader sees as one character is one. */
function characters(text) {
  return segmenter ? [...segmenter.segment(text)].map((part) => part.segment) : [...text];
}

const folded = (character) => character.toLocaleLowerCase();

/** Lengths of the longest common subsequences of the ends of both. */
function table(one, other) {
  const width = other.length + 1;
  const cells = new Uint16Array((one.length + 1) * width);
  for (let i = one.length - 1; i >= 0; i -= 1) {
    for (let j = other.length - 1; j >= 0; j -= 1) {
      const at = i * width + j;
      cells[at] = folded(one[i]) === folded(other[j])
        ? cells[at + width + 1] + 1
        : Math.max(cells[at + width], cells[at + 1]);
    }
  }
  return { cells, width };
}

function push(parts, text, differs) {
  const last = parts.at(-1);
  if (last && last.differs === differs) last.text += text;
  else parts.push({ text, differs });
}

/**
 * Both values as parts `{ text, differs }`. Capitals do not count: no check goes by them.
 */
export function diff(expected, found) {
  const [one, other] = [characters(expected), characters(found)];
  const whole = [
    [{ text: expected, differs: true }],
    [{ text: found, differs: true }],
  ];
  if (one.length > LENGTH_MAX || other.length > LENGTH_MAX) return whole;
  const { cells, width } = table(one, other);
  const common = cells[0];
  if (common < ALIKE_MIN * Math.max(one.length, other.length)) return whole;
  const [left, right] = [[], []];
  let [i, j] = [0, 0];
  while (i < one.length || j < other.length) {
    const both = i < one.length && j < other.length;
    if (both && folded(one[i]) === folded(other[j])) {
      push(left, one[i++], false);
      push(right, other[j++], false);
    } else if (j >= other.length
      || (i < one.length && cells[(i + 1) * width + j] >= cells[i * width + j + 1])) {
      push(left, one[i++], true);
    } else {
      push(right, other[j++], true);
    }
  }
  return [left, right];
}
