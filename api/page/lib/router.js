// Addresses and what they show.

let routes = [];
let root = null;
let unmount = null;

export const here = () => location.pathname;

/** `list` has pairs of a pattern and what mounts the view, which gives what unmounts it. */
export function start(list, into) {
  routes = list;
  root = into;
  window.addEventListener('popstate', show);
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href^="/"]');
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (!link || !isPlain || link.target || !match(link.pathname)) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
  show();
}

function match(path) {
  for (const [pattern, mount] of routes) {
    const found = pattern.exec(path);
    if (found) {
      const parts = Object.entries(found.groups ?? {});
      const groups = Object.fromEntries(
        parts.map(([name, text]) => [name, decodeURIComponent(text)]));
      return { mount, groups };
    }
  }
  return null;
}

/** Shows what stands at the address. */
export function show() {
  unmount?.();
  unmount = null;
  const found = match(location.pathname);
  if (!found) {
    go('/queue', { replace: true });
    return;
  }
  unmount = found.mount(root, found.groups) ?? null;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.pathname === location.pathname) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

/** Goes to an address; `silent` where the page shows it already. */
export function go(address, { replace = false, silent = false } = {}) {
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  if (!silent) show();
}

/** Takes down what is shown, e.g. at the end of a session. */
export function end() {
  unmount?.();
  unmount = null;
}
