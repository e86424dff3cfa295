// What is looked for in the queue. Everything stands in the address, so that it can be kept and
// sent to somebody.

import { button, el, replace } from '../lib/dom.js';
import { session } from '../lib/session.js';
import * as words from '../lib/words.js';

/** The states of a case that somebody must still look at. */
export const WAITING = 'open,claimed,escalated';

const STATES = [
  ['', 'Waiting'], ['open', 'Open'], ['claimed', 'In hand'], ['escalated', 'Escalated'],
  ['decided', 'Decided'], ['superseded', 'Superseded'], ['all', 'All'],
];

const SORTS = [['', 'Oldest deadline'], ['doubt', 'Least certain'], ['newest', 'Newest']];

const TYPES = [
  'receipt', 'invoice', 'tax_form', 'id_document', 'business_license', 'insurance_certificate',
  'bank_statement', 'other',
];

function options(pairs, chosen) {
  return pairs.map(([value, label]) => (
    el('option', { value, selected: value === chosen }, label)));
}

function field(label, control) {
  return el('label', { class: 'field' }, el('span', {}, label), control);
}

function select(name, pairs, chosen) {
  const known = pairs.some(([value]) => value === chosen);
  const all = known ? pairs : [...pairs, [chosen, words.title(chosen)]];
  return el('select', { name }, options(all, chosen));
}

function text(name, value, props = {}) {
  return el('input', {
    type: 'text', name, value, autocomplete: 'off', spellcheck: 'false', maxlength: 256, ...props,
  });
}

/** In percents, since that is how it is shown. */
function share(name, value, label) {
  return el('input', {
    type: 'number', name, min: 0, max: 100, step: 1, 'aria-label': label,
    value: value === '' ? '' : String(Math.round(Number(value) * 100)),
  });
}

function read(form) {
  const search = new URLSearchParams();
  for (const [name, raw] of new FormData(form)) {
    const value = raw.trim();
    if (value === '') continue;
    const isShare = name.startsWith('confidence_');
    search.set(name, isShare ? String(Number(value) / 100) : value);
  }
  return search.size ? `?${search}` : '';
}

/** The form; `onChange` gets what the address shall say after `?`. */
export function filters(search, onChange) {
  const now = (name) => search.get(name) ?? '';
  const { tenants } = session.now;
  const tenant = tenants
    ? select('tenant', [['', 'All'], ...tenants.map((name) => [name, name])], now('tenant'))
    : text('tenant', now('tenant'));
  const type = select('type', [['', 'All'], ...TYPES.map((name) => [name, words.type(name)])],
    now('type'));
  const codes = el('datalist', { id: 'reason-codes' });
  const state = select('state', STATES, now('state'));
  const form = el('form', {
    class: 'filters', role: 'search', 'aria-label': 'Filters',
    on: {
      submit: (event) => {
        event.preventDefault();
        onChange(read(form));
      },
      // What is chosen counts at once, what is typed when it is sent.
      change: (event) => event.target.matches('select') && onChange(read(form)),
    },
  },
  field('State', state), field('Tenant', tenant), field('Type', type),
  field('Reason', text('reason', now('reason'), { list: 'reason-codes', placeholder: 'any' })),
  field('In hand of', text('assignee', now('assignee'), { placeholder: 'anybody' })),
  el('fieldset', { class: 'field range' }, el('legend', {}, 'Confidence in %'),
    share('confidence_min', now('confidence_min'), 'Confidence from, in percent'), '–',
    share('confidence_max', now('confidence_max'), 'Confidence up to, in percent')),
  field('Order', select('sort', SORTS, now('sort'))), codes,
  el('div', { class: 'filters-foot' },
    el('button', { type: 'submit', class: 'button button-small' }, 'Filter'),
    search.size > 0 && button('Clear', { run: () => onChange(''), class: 'button-small' })));
  return {
    node: form,
    focus: () => state.focus(),
    /** Offers the reasons that there are, and says how many cases each type has. */
    suggest({ by_reason: reasons, by_type: types }) {
      replace(codes, reasons.map((one) => (
        el('option', { value: one.reason }, `${words.reason(one.reason)} (${one.cases})`))));
      const cases = new Map(types.map((one) => [one.type, one.cases]));
      for (const option of type.options) {
        if (option.value === '') continue;
        const count = cases.get(option.value);
        option.textContent = words.type(option.value) + (count ? ` (${count})` : '');
      }
    },
  };
}
