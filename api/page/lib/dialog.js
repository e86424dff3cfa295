// A question in front of the page: one at a time, and the focus comes back afterwards.

import { el } from './dom.js';

let number = 0;

/**
 * Opens a modal dialog. `onKey` sees the keys; `onClose` is told however it closes. Gives the
 * `dialog` element, whose `close()` ends it.
 */
export function openDialog(title, content, { class: kind = '', onKey, onClose, lasting } = {}) {
  number += 1;
  const id = `dialog-${number}`;
  const before = document.activeElement;
  const heading = el('h2', { id, class: 'dialog-title' }, title);
  const node = el('dialog', { class: `dialog ${kind}`, 'aria-labelledby': id }, heading, content);
  if (onKey) node.addEventListener('keydown', onKey);
  // What must be answered does not go away by Escape.
  if (lasting) node.addEventListener('cancel', (event) => event.preventDefault());
  node.addEventListener('click', (event) => {
    if (event.target === node && !lasting) node.close();
  });
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    node.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
    onClose?.();
  };
  node.addEventListener('close', end);
  // The browser tells of the end a little later; a key that comes before is the page's already.
  node.close = () => {
    HTMLDialogElement.prototype.close.call(node);
    end();
  };
  node.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || lasting || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    node.close();
  });
  document.body.append(node);
  node.showModal();
  return node;
}
