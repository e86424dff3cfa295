// Elements made by hand: text is only ever set as text, so nothing that was read from a document
// can become markup.

const SVG = 'http://www.w3.org/2000/svg';

/** An element. `props` are attributes, but for `on` (listeners), `data` and `style`. */
export function el(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for drawings. */
export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) set(node, name, value);
  node.append(...flat(children));
  return node;
}

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === 'on') {
    for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  } else if (name === 'data') {
    Object.assign(node.dataset, value);
  } else if (name === 'style') {
    // By the object model: the policy of the page allows no style attributes.
    for (const [key, text] of Object.entries(value)) node.style.setProperty(key, text);
  } else if (name === 'value') {
    node.value = value;
  } else {
    node.setAttribute(name, value === true ? '' : String(value));
  }
}

function flat(children) {
  const all = children.flat(4);
  return all.filter((child) => child !== null && child !== undefined && child !== false);
}

/** Puts other children into a node. */
export function replace(node, ...children) {
  node.replaceChildren(...flat(children));
  return node;
}

/** A key, as it is shown beside what it does. */
export function keycap(key) {
  return el('kbd', { class: 'key', 'aria-hidden': 'true' }, key);
}

/** Words that only screen readers say. */
export function unseen(text) {
  return el('span', { class: 'unseen' }, text);
}

/** A button that names the key that does the same. */
export function button(words, { key, run, class: kind = '', ...props } = {}) {
  const shown = [el('span', {}, words), key ? keycap(key) : null];
  const on = { click: run };
  const keys = { 'aria-keyshortcuts': key };
  return el('button', { type: 'button', class: `button ${kind}`, on, ...keys, ...props }, shown);
}
