// The document of the API for people: asked for from this very program, and shown as text.

import { el, replace } from '/assets/{{digest}}/lib/dom.js';

const METHODS = ['get', 'post', 'put', 'delete'];
/** Types inside types that are shown before a name has to do. */
const DEPTH_MAX = 6;

/** A part of the document, where a reference may stand for it. */
function resolved(document, part) {
  let found = part ?? {};
  for (let step = 0; found.$ref && step < DEPTH_MAX; step += 1) {
    const path = found.$ref.slice(2).split('/');
    found = path.reduce((at, key) => at?.[key], document) ?? {};
  }
  return found;
}

function nameOf(part) {
  return part?.$ref?.split('/').pop();
}

/** The type of a schema in one line. */
function kind(document, part) {
  const schema = resolved(document, part);
  const name = nameOf(part);
  if (name) return name;
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.map((one) => kind(document, one)).join(' or ');
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const types = [schema.type ?? 'object'].flat().join(' or ');
  const format = schema.format ? ` (${schema.format})` : '';
  if (schema.items) return `${types} of ${kind(document, schema.items)}`;
  return types + format;
}

/** What a value must hold to, beside its type. */
function bounds(schema) {
  const words = {
    minimum: 'at least', maximum: 'at most', minLength: 'characters at least',
    maxLength: 'characters at most', minItems: 'items at least', maxItems: 'items at most',
    pattern: 'as', default: 'otherwise',
  };
  const said = Object.entries(words).filter(([key]) => schema[key] !== undefined);
  return said.map(([key, word]) => `${word} ${schema[key]}`).join(', ');
}

function row(document, { name, part, needed, words }) {
  const schema = resolved(document, part);
  return el('tr', {},
    el('th', { scope: 'row' }, el('code', {}, name), needed ? el('span', { class: 'need',
      title: 'must be there' }, ' *') : null),
    el('td', {}, el('code', {}, kind(document, part))),
    el('td', {}, words ?? schema.description ?? '', ' ',
      el('span', { class: 'soft' }, bounds(schema))));
}

function table(caption, rows) {
  return rows.length === 0 ? null : el('table', {}, el('caption', {}, caption),
    el('tbody', {}, rows));
}

/** The fields of an object with all that it takes over from others. */
function fields(document, part, depth = 0) {
  const schema = resolved(document, part);
  if (depth > DEPTH_MAX) return [];
  const own = Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name, part: property, needed: (schema.required ?? []).includes(name),
    words: property.description,
  }));
  const parts = [...(schema.allOf ?? []), ...(schema.oneOf ?? [])];
  return [...parts.flatMap((one) => fields(document, one, depth + 1)), ...own];
}

function parameters(document, operation) {
  const rows = (operation.parameters ?? []).map((one) => resolved(document, one));
  const shown = rows.map((one) => row(document, {
    name: `${one.name}`, part: one.schema, needed: one.required,
    words: `${one.description ?? ''} (${one.in})`,
  }));
  return table('Parameters', shown);
}

function body(document, caption, content) {
  return Object.entries(content ?? {}).map(([type, { schema, example }]) => el('div', {},
    table(`${caption}: ${kind(document, schema)}, ${type}`,
      fields(document, schema).map((one) => row(document, one))),
    example === undefined ? null
      : el('pre', {}, el('code', {}, JSON.stringify(example, null, 2)))));
}

function answers(document, operation) {
  return Object.entries(operation.responses).map(([status, part]) => {
    const response = resolved(document, part);
    const isFine = status < 400;
    const headers = Object.keys(response.headers ?? {}).join(', ');
    return el('details', { class: isFine ? 'fine' : 'wrong' },
      el('summary', {}, el('strong', {}, status), ' ', response.description,
        headers ? el('span', { class: 'soft' }, ` Headers: ${headers}.`) : null),
      body(document, 'Answer', response.content));
  });
}

function operation(document, path, method) {
  const said = document.paths[path][method];
  const access = (said.security ?? []).map((one) => Object.keys(one).join(' and '));
  return el('section', { id: said.operationId, class: 'operation' },
    el('h3', {}, el('span', { class: `method ${method}` }, method.toUpperCase()), ' ',
      el('code', {}, path)),
    el('p', {}, el('strong', {}, said.summary ?? '')),
    said.description ? el('p', {}, said.description) : null,
    el('p', { class: 'soft' }, access.length > 0 ? `Let in by: ${access.join(', or ')}.`
      : 'Nobody is asked who he is.'),
    parameters(document, said),
    body(document, 'Body', resolved(document, said.requestBody).content),
    el('h4', {}, 'Answers'), answers(document, said));
}

function schema([name, part], document) {
  const all = fields(document, part);
  return el('section', { id: `schema-${name}`, class: 'operation' }, el('h3', {}, name),
    part.description ? el('p', {}, part.description) : null,
    all.length > 0 ? table('Fields', all.map((one) => row(document, one)))
      : el('p', {}, el('code', {}, kind(document, part)), ' ',
        el('span', { class: 'soft' }, bounds(part))));
}

function operations(document, tag) {
  return Object.keys(document.paths).flatMap((path) => METHODS
    .filter((method) => document.paths[path][method]?.tags?.includes(tag))
    .map((method) => operation(document, path, method)));
}

function shown(document) {
  const tags = document.tags ?? [];
  const link = (id, words) => el('li', {}, el('a', { href: `#${id}` }, words));
  return [
    el('header', {}, el('h1', {}, document.info.title, ' ', document.info.version),
      el('p', {}, document.info.description),
      el('p', {}, el('a', { href: '/openapi.json' }, '/openapi.json'),
        ` is this document for programs (OpenAPI ${document.openapi}).`),
      el('nav', { 'aria-label': 'Parts' }, el('ul', {},
        tags.map(({ name, description }) => link(`tag-${name}`, `${name}: ${description}`)),
        link('schemas', 'schemas: what is sent and answered')))),
    tags.map(({ name }) => el('section', { id: `tag-${name}` }, el('h2', {}, name),
      operations(document, name))),
    el('section', { id: 'schemas' }, el('h2', {}, 'schemas'),
      Object.entries(document.components.schemas).map((one) => schema(one, document))),
  ];
}

async function start() {
  const main = window.document.getElementById('main');
  try {
    const answer = await fetch('/openapi.json');
    if (!answer.ok) throw new Error(`the answer is ${answer.status}`);
    replace(main, shown(await answer.json()));
    window.document.getElementById(window.location.hash.slice(1))?.scrollIntoView();
  } catch (error) {
    replace(main, el('p', { role: 'alert' }, `The document cannot be shown: ${error.message}`));
  }
}

start();
