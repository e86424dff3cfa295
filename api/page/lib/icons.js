// Drawings for buttons that have no room for words.

import { svg } from './dom.js';

const PATHS = {
  smaller: ['M4 10h12'],
  larger: ['M4 10h12', 'M10 4v12'],
  page: ['M4 7V4h3', 'M13 4h3v3', 'M16 13v3h-3', 'M7 16H4v-3'],
  width: ['M3 10h14', 'M6 7l-3 3 3 3', 'M14 7l3 3-3 3'],
  left: ['M5 5v4h4', 'M5.5 9A6 6 0 1 1 6 14.5'],
  right: ['M15 5v4h-4', 'M14.5 9A6 6 0 1 0 14 14.5'],
  before: ['M12 4l-6 6 6 6'],
  after: ['M8 4l6 6-6 6'],
  close: ['M5 5l10 10', 'M15 5L5 15'],
};

export function icon(name) {
  return svg('svg', { class: 'icon', viewBox: '0 0 20 20', 'aria-hidden': 'true' },
    PATHS[name].map((d) => svg('path', { d })));
}
