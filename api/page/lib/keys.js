// Keys that do something, unless somebody is typing.

import { KEY } from './keymap.js';

const OFF = 'ivendor.keys_off';
const TEXT_INPUTS = 'input:not([type=checkbox],[type=radio],[type=button],[type=submit])';
const TYPED_INTO = `${TEXT_INPUTS}, textarea, select, [contenteditable]`;

/** Later ones come first. */
const layers = [];

/** Whether the keys of one letter are off: people who dictate trip over them. */
export function areKeysOff() {
  return localStorage.getItem(OFF) === 'yes';
}

export function setKeysOff(off) {
  if (off) localStorage.setItem(OFF, 'yes');
  else localStorage.removeItem(OFF);
}

/** Binds names of the key map to functions; gives what unbinds them. */
export function bind(actions) {
  const layer = new Map(Object.entries(actions).map(([name, run]) => [KEY[name], run]));
  layers.push(layer);
  return () => {
    const at = layers.indexOf(layer);
    if (at >= 0) layers.splice(at, 1);
  };
}

/** Whether the key goes into a text. */
export function isTyping(event) {
  const target = event.target;
  return event.isComposing || (target instanceof Element && target.closest(TYPED_INTO) !== null);
}

/** The digit of a key, on every layout and with Shift too. */
export function digit(event) {
  const found = /^(?:Digit|Numpad)(\d)$/.exec(event.code) ?? /^(\d)$/.exec(event.key);
  return found ? Number(found[1]) : null;
}

/** The letter on a keyboard that writes another script; else the key as it is. */
function pressed(event) {
  const letter = /^Key([A-Z])$/.exec(event.code);
  const isForeign = event.key.length === 1 && event.key.charCodeAt(0) > 0x24f;
  return letter && isForeign ? letter[1].toLowerCase() : event.key.toLowerCase();
}

export function installKeys() {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event) || document.querySelector('dialog[open]')) return;
    const key = pressed(event);
    if (areKeysOff() && key !== '?') return;
    // On a German or French keyboard plus needs no Shift, on others it does.
    const named = key === '=' ? '+' : key;
    const layer = layers.findLast((each) => each.has(named));
    if (!layer) return;
    event.preventDefault();
    // A key that is held down decides nothing twice, but may pan and zoom.
    if (event.repeat && !'+-jk'.includes(named)) return;
    layer.get(named)(event);
  });
}
