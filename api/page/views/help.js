// Every key, on `?`.

import { openDialog } from '../lib/dialog.js';
import { button, el } from '../lib/dom.js';
import { KEYMAP } from '../lib/keymap.js';
import { areKeysOff, setKeysOff } from '../lib/keys.js';

function group([name, rows]) {
  return el('section', { class: 'keys-group' }, el('h3', {}, name),
    el('dl', { class: 'keys' }, rows.map(([, key, words]) => el('div', {},
      el('dt', {}, el('kbd', { class: 'key' }, key)), el('dd', {}, words)))));
}

export function help() {
  const off = el('input', {
    type: 'checkbox', checked: areKeysOff(),
    on: { change: (event) => setKeysOff(event.target.checked) },
  });
  const node = openDialog('Keys', el('div', {},
    el('p', { class: 'hint' },
      'While you type in a field, the keys write. Esc leaves a field or a question.'),
    el('div', { class: 'keys-groups' }, KEYMAP.map(group)),
    el('label', { class: 'choice' }, off,
      el('span', {}, 'Turn these keys off (for dictation); only ? stays')),
    el('div', { class: 'dialog-foot' },
      button('Close', { run: () => node.close(), key: 'Esc', class: 'button-main' }))),
  { class: 'dialog-help' });
  node.querySelector('.dialog-foot button').focus();
}
