// Moments in words. The machine's own clock is trusted only for differences.

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' });
const STEPS = [[86_400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']];

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dated = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit',
});

/** E.g. `in 3 hr.` or `2 days ago`. */
export function fromNow(text, now = Date.now()) {
  const s = (Date.parse(text) - now) / 1000;
  if (!Number.isFinite(s)) return '';
  const [size, unit] = STEPS.find(([step]) => Math.abs(s) >= step) ?? [1, 'second'];
  return relative.format(Math.round(s / size), unit);
}

export function isPast(text, now = Date.now()) {
  return Date.parse(text) < now;
}

export function moment(text) {
  const at = Date.parse(text);
  return Number.isFinite(at) ? dated.format(at) : '';
}

export function hour(text) {
  return clock.format(Date.parse(text));
}

/** Minutes and seconds of a countdown. */
export function countdown(s) {
  const whole = Math.max(0, Math.ceil(s));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** A length of time, roughly. */
export function lasting(s) {
  if (!Number.isFinite(s)) return '–';
  const [size, unit] = STEPS.find(([step]) => s >= step) ?? [1, 'second'];
  const count = s / size;
  const shown = count < 10 ? count.toFixed(1).replace(/\.0$/, '') : String(Math.round(count));
  return `${shown} ${unit}${shown === '1' ? '' : 's'}`;
}
