// The picture of a document: moved, enlarged, turned, and marked where something was read.

import { button, el, replace, svg } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { KEY } from '../lib/keymap.js';
import { say } from '../lib/live.js';

const ZOOM_STEP = 1.25;
const SCALE_MAX = 8;
/** Pixels of the screen by which an arrow key moves the page. */
const PAN_STEP = 80;
/** Room around a page that is shown as a whole. */
const MARGIN = 16;
/** Of the width that is to be seen, a marked place takes at most this share after a jump. */
const PLACE_SHARE = 0.6;

export class Viewer {
  /** `onMark(check)` is told when a mark is pointed at (or null), `onPick(check)` when chosen. */
  constructor(sheet, { onMark, onPick }) {
    Object.assign(this, { sheet, onMark, onPick });
    this.page = sheet.pages[0]?.page ?? 1;
    this.turns = 0;
    this.scale = 1;
    this.at = [0, 0];
    this.fitted = 'page';
    this.active = null;
    this.overlay = svg('svg', { class: 'marks', 'aria-hidden': 'true' });
    this.stage = el('div', { class: 'stage' });
    this.frame = el('div', {
      class: 'frame', tabindex: '0', role: 'group', 'aria-label': 'Picture of the document',
    }, this.stage);
    this.status = el('span', { class: 'viewer-status' });
    const bar = this.toolbar();
    this.node = el('section', { class: 'viewer', 'aria-label': 'Document' }, bar, this.frame);
    this.listen();
    this.resized = new ResizeObserver(() => {
      this.settle();
      if (this.start) this.goTo(this.start, false);
      this.start = null;
    });
    this.resized.observe(this.frame);
    this.show(this.page);
    this.begin();
  }

  toolbar() {
    const tool = (words, shown, name, run) => el('button', {
      type: 'button', class: 'tool', 'aria-label': words, title: `${words} (${KEY[name]})`,
      'aria-keyshortcuts': KEY[name], on: { click: run },
    }, icon(shown));
    const several = this.sheet.pages.length > 1;
    return el('div', { class: 'viewer-bar', role: 'toolbar', 'aria-label': 'Picture' },
      several && tool('The page before', 'before', 'pageBack', () => this.step(-1)),
      this.status,
      several && tool('The next page', 'after', 'pageOn', () => this.step(1)),
      el('span', { class: 'viewer-gap' }),
      tool('Smaller', 'smaller', 'zoomOut', () => this.zoom(1 / ZOOM_STEP)),
      tool('Larger', 'larger', 'zoomIn', () => this.zoom(ZOOM_STEP)),
      tool('The whole page', 'page', 'fit', () => this.fit('page')),
      tool('As wide as there is room', 'width', 'width', () => this.fit('width')),
      tool('Turn to the left', 'left', 'turnLeft', () => this.turn(-1)),
      tool('Turn to the right', 'right', 'turnRight', () => this.turn(1)));
  }

  get size() {
    const page = this.sheet.pages.find((each) => each.page === this.page);
    return page ? [page.width, page.height] : [1, 1];
  }

  /** Width and height as they stand on the screen, turned. */
  get turned() {
    const [width, height] = this.size;
    return this.turns % 2 ? [height, width] : [width, height];
  }

  get room() {
    return [Math.max(this.frame.clientWidth, 1), Math.max(this.frame.clientHeight, 1)];
  }

  show(page) {
    this.page = page;
    const { pages, pagesProblem } = this.sheet;
    if (!pages.length) {
      this.missing(pagesProblem ? pagesProblem.message : 'The document has no pages.');
      return;
    }
    const { image, ready } = this.sheet.picture(page);
    const [width, height] = this.size;
    image.width = width;
    image.height = height;
    this.overlay.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.stage.style.width = `${width}px`;
    this.stage.style.height = `${height}px`;
    replace(this.stage, image, this.overlay);
    ready.catch(() => {
      if (this.page === page) this.missing('The picture of this page did not come.');
    });
    this.status.textContent = `Page ${page} of ${pages.length}`;
    this.draw();
    this.fit(this.fitted ?? 'page');
  }

  /** The first look goes to the first place that failed, large enough to be read. */
  begin() {
    const rank = (check) => (check.check.startsWith('claim.') ? 0 : 1);
    const place = this.sheet.checks.filter((check) => check.outcome === 'failed')
      .toSorted((one, other) => rank(one) - rank(other))
      .flatMap((check) => check.evidence)[0];
    if (!place || !this.sheet.pages.some((each) => each.page === place.page)) return;
    if (place.page !== this.page) this.show(place.page);
    this.start = place.polygon;
  }

  missing(words) {
    const again = button('Try again', {
      class: 'button-small',
      run: async () => {
        this.sheet.forgetPicture(this.page);
        if (!this.sheet.pages.length) await this.sheet.loadPages();
        replace(this.frame, this.stage);
        this.show(this.sheet.pages[0]?.page ?? 1);
      },
    });
    this.status.textContent = 'No picture';
    replace(this.frame, el('div', { class: 'no-picture' }, el('p', {}, words), again));
  }

  step(by) {
    const at = this.sheet.pages.findIndex((each) => each.page === this.page);
    const next = this.sheet.pages[at + by];
    if (!next) return;
    this.show(next.page);
    say(`Page ${next.page} of ${this.sheet.pages.length}`);
  }

  /** The marks of this page, those of failed checks above the others. */
  draw() {
    const rank = { passed: 0, not_executed: 1, failed: 2 };
    const marks = this.sheet.checks.flatMap((check) => check.evidence.map((place) => {
      const points = place.polygon.map((point) => point.join(',')).join(' ');
      return { check, place, points };
    }));
    const here = marks.filter(({ place }) => place.page === this.page)
      .toSorted((one, other) => rank[one.check.outcome] - rank[other.check.outcome]);
    replace(this.overlay, here.map(({ check, points }) => svg('polygon', {
      points,
      class: `mark mark-${check.outcome}${check === this.active ? ' is-active' : ''}`,
      on: {
        pointerenter: () => this.onMark(check),
        pointerleave: () => this.onMark(null),
        click: () => this.onPick(check),
      },
    })));
  }

  /** Lights up the marks of a check; with `jump` the picture goes to the first of them. */
  light(check, jump) {
    this.active = check;
    const place = check?.evidence.find((each) => each.page === this.page) ?? check?.evidence[0];
    if (jump && place && place.page !== this.page) this.show(place.page);
    else this.draw();
    if (jump && place) this.goTo(place.polygon);
  }

  goTo(polygon, smoothly = true) {
    const xs = polygon.map(([x]) => x);
    const ys = polygon.map(([, y]) => y);
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
    const upright = [right - left, bottom - top].map((side) => Math.max(side, 1));
    const [width, height] = this.turns % 2 ? upright.toReversed() : upright;
    const [roomX, roomY] = this.room;
    const most = Math.min((roomX * PLACE_SHARE) / width, (roomY * PLACE_SHARE) / height);
    // Text becomes readable, and nothing that is readable becomes smaller without need.
    const wanted = Math.max(this.scale, Math.min(1, this.fitScale('width')));
    this.scale = Math.min(wanted, Math.max(most, this.fitScale('page')));
    this.at = [(left + right) / 2, (top + bottom) / 2];
    this.fitted = null;
    this.settle(smoothly);
  }

  fitScale(how) {
    const [width, height] = this.turned;
    const [roomX, roomY] = this.room.map((side) => Math.max(side - 2 * MARGIN, 1));
    return how === 'width' ? roomX / width : Math.min(roomX / width, roomY / height);
  }

  fit(how) {
    this.fitted = how;
    const [width, height] = this.size;
    this.at = [width / 2, how === 'width' && !(this.turns % 2) ? 0 : height / 2];
    this.settle();
  }

  /** Enlarges around the middle, or around a point of the frame. */
  zoom(factor, [x, y] = this.room.map((side) => side / 2)) {
    const least = Math.min(this.fitScale('page'), 1) / 2;
    const next = Math.min(Math.max(this.scale * factor, least), SCALE_MAX);
    const [roomX, roomY] = this.room;
    const off = this.back([x - roomX / 2, y - roomY / 2]);
    const share = 1 / this.scale - 1 / next;
    this.at = [this.at[0] + off[0] * share, this.at[1] + off[1] * share];
    this.scale = next;
    this.fitted = null;
    this.settle(true);
  }

  turn(by) {
    this.turns = (this.turns + by + 4) % 4;
    this.settle(true);
    say(`Turned by ${this.turns * 90} degrees`);
  }

  /** A way on the screen as a way on the page that is not turned. */
  back([x, y]) {
    return [[x, y], [y, -x], [-x, -y], [-y, x]][this.turns];
  }

  pan(x, y) {
    const [dx, dy] = this.back([x, y]);
    this.at = [this.at[0] + dx / this.scale, this.at[1] + dy / this.scale];
    this.fitted = null;
    this.settle();
  }

  /** Keeps the page in sight and puts it where it belongs. */
  settle(smoothly = false) {
    if (this.fitted) this.scale = this.fitScale(this.fitted);
    const size = this.size;
    const room = this.turns % 2 ? this.room.toReversed() : this.room;
    this.at = this.at.map((value, side) => {
      const half = (room[side] / 2 - MARGIN) / this.scale;
      return half * 2 >= size[side]
        ? size[side] / 2
        : Math.min(Math.max(value, half), size[side] - half);
    });
    const [roomX, roomY] = this.room;
    const [x, y] = this.at;
    this.stage.classList.toggle('is-smooth', smoothly);
    this.stage.style.transform = `translate(${roomX / 2}px, ${roomY / 2}px)`
      + ` rotate(${this.turns * 90}deg) scale(${this.scale}) translate(${-x}px, ${-y}px)`;
    this.overlay.style.setProperty('--line', `${1 / this.scale}px`);
  }

  listen() {
    const { frame } = this;
    let from = null;
    frame.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || event.target.closest('button, polygon')) return;
      from = [event.clientX, event.clientY];
      frame.setPointerCapture(event.pointerId);
      frame.classList.add('is-held');
    });
    frame.addEventListener('pointermove', (event) => {
      if (!from) return;
      this.pan(from[0] - event.clientX, from[1] - event.clientY);
      from = [event.clientX, event.clientY];
    });
    for (const end of ['pointerup', 'pointercancel']) {
      frame.addEventListener(end, () => {
        from = null;
        frame.classList.remove('is-held');
      });
    }
    frame.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    frame.addEventListener('keydown', (event) => {
      const ways = {
        ArrowLeft: [-PAN_STEP, 0], ArrowRight: [PAN_STEP, 0],
        ArrowUp: [0, -PAN_STEP], ArrowDown: [0, PAN_STEP],
      };
      const way = ways[event.key];
      if (!way || event.target !== frame) return;
      event.preventDefault();
      this.pan(...way);
    });
    frame.addEventListener('dblclick', (event) => {
      const box = frame.getBoundingClientRect();
      this.zoom(ZOOM_STEP ** 2, [event.clientX - box.left, event.clientY - box.top]);
    });
  }

  wheel(event) {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const box = this.frame.getBoundingClientRect();
      const factor = Math.exp(-event.deltaY / 300);
      this.zoom(factor, [event.clientX - box.left, event.clientY - box.top]);
      return;
    }
    const before = this.at.join();
    this.pan(event.deltaX, event.deltaY);
    // At the edge of the picture the page around it moves on.
    if (this.at.join() !== before) event.preventDefault();
  }

  toggleMarks() {
    const isHidden = this.frame.classList.toggle('is-bare');
    say(isHidden ? 'Marks hidden' : 'Marks shown');
  }

  /** What the keys of the page do here. */
  get actions() {
    return {
      zoomIn: () => this.zoom(ZOOM_STEP),
      zoomOut: () => this.zoom(1 / ZOOM_STEP),
      fit: () => this.fit('page'),
      width: () => this.fit('width'),
      turnRight: () => this.turn(1),
      turnLeft: () => this.turn(-1),
      pageOn: () => this.step(1),
      pageBack: () => this.step(-1),
      marks: () => this.toggleMarks(),
    };
  }

  end() {
    this.resized.disconnect();
  }
}
