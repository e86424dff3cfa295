// Every key of the page, in the order in which the help shows them.

export const KEYMAP = [
  ['Everywhere', [
    ['next', 'n', 'Take the next case; on a case: give it back and take the next'],
    ['queue', 'q', 'The queue; on a case: give it back and go there'],
    ['statistics', 's', 'The statistics'],
    ['undo', 'u', 'Undo the last decision, while its time runs'],
    ['help', '?', 'This help'],
  ]],
  ['Queue', [
    ['rowDown', 'j', 'The next row; Enter opens it'],
    ['rowUp', 'k', 'The row before'],
    ['filter', '/', 'To the filters'],
    ['pageOn', ']', 'The next page'],
    ['pageBack', '[', 'The page before'],
  ]],
  ['Decide', [
    ['approve', 'a', 'Approve: the document shows what is claimed'],
    ['reject', 'r', 'Reject; then a digit for the reason'],
    ['correct', 'c', 'Correct values; Enter sends them'],
    ['picture', 'p', 'Ask for a better picture; then a digit'],
    ['escalate', 'e', 'Escalate; Enter sends it'],
    ['note', 'w', 'Write a note that goes with the decision'],
    ['comment', 'm', 'Comment beside the case'],
    ['take', 't', 'Take this case, or take it again'],
  ]],
  ['Checks', [
    ['checkDown', 'j', 'The next check, and its place in the picture'],
    ['checkUp', 'k', 'The check before'],
    ['history', 'h', 'Earlier verdicts on the document'],
  ]],
  ['Picture', [
    ['zoomIn', '+', 'Larger'],
    ['zoomOut', '-', 'Smaller'],
    ['fit', '0', 'The whole page'],
    ['width', '9', 'As wide as there is room'],
    ['turnRight', '.', 'Turn to the right'],
    ['turnLeft', ',', 'Turn to the left'],
    ['pageOn', ']', 'The next page'],
    ['pageBack', '[', 'The page before'],
    ['marks', 'v', 'Show or hide the marks'],
  ]],
];

/** From what is done to its key. */
export const KEY = Object.fromEntries(
  KEYMAP.flatMap(([, rows]) => rows.map(([name, key]) => [name, key])),
);
