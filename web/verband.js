// The page at `/`: log in, search, read a dossier, walk on. It shows what the API sends and decides nothing about access.
'use strict';

const find = (selector) => document.querySelector(selector);
const login = find('#login');
const ask = find('#ask');
const answer = find('#answer');
const statusLine = find('#status');
let authorization = null; // Kept in memory only: closing the page logs out.
let schema = null;

/** Makes an element; texts become text nodes, so nothing that a source says can become markup. */
function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === 'onclick') element.addEventListener('click', value);
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function say(text, isProblem = false) {
  statusLine.textContent = text;
  statusLine.classList.toggle('problem', isProblem);
}

async function call(path, body) {
  const response = await fetch(`/v1${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization, ...(body ? { 'content-type': 'application/json' } : {}) },
    body: body ? JSON.stringify(body) : undefined,
  });
  const result = await response.json();
  if (!response.ok) throw new Error(explain(result));
  return result;
}

/** What went wrong, for people. */
function explain(problem) {
  const texts = {
    unauthenticated: 'Naam of wachtwoord klopt niet.',
    'unknown-node': 'Dit bestaat niet, of u mag het niet zien.',
    'purpose-not-yours': 'Dit doel staat niet voor u open. Kies een ander doel.',
    deadline: 'Dit duurde te lang. Vraag minder tegelijk.',
  };
  return texts[problem.code] ?? problem.detail;
}

function query() {
  const form = new FormData(ask);
  const parameters = new URLSearchParams({ purpose: form.get('purpose') });
  if (form.get('asOf')) parameters.set('asOf', form.get('asOf'));
  return parameters;
}

/** Runs a step with a message while it runs, and one when it fails. */
async function step(doing, work) {
  say(doing);
  try {
    await work();
  } catch (error) {
    say(error.message, true);
  }
}

login.addEventListener('submit', (event) => {
  event.preventDefault();
  const form = new FormData(login);
  const bytes = new TextEncoder().encode(`${form.get('name')}:${form.get('password')}`);
  authorization = `Basic ${btoa(String.fromCharCode(...bytes))}`;
  step('Inloggen…', async () => {
    const me = await call('/me');
    schema = await call('/schema');
    find('#who').textContent = `${me.name}, ${me.department} (${me.organisation})`;
    find('#who').hidden = false;
    // No purpose is chosen for anyone: naming it is the reader's own act.
    ask.elements.purpose.replaceChildren(
      make('option', { value: '' }, 'Kies een doel'),
      ...me.purposes.map((purpose) => make('option', { value: purpose.id, title: purpose.ground }, purpose.title)));
    login.hidden = true;
    ask.hidden = false;
    ask.elements.text.focus();
    say(me.purposes.length ? '' : 'Er staat geen doel voor u open. Vraag de beheerder.', !me.purposes.length);
  });
});

ask.addEventListener('submit', (event) => {
  event.preventDefault();
  step('Zoeken…', async () => {
    const page = await call(`/nodes/_zoek?${query()}`, { text: new FormData(ask).get('text') });
    if (page.hits.length === 1) return dossier(page.hits[0].id);
    say(page.hits.length ? `${page.hits.length}${page.next ? ' of meer' : ''} gevonden.` : 'Niets gevonden dat u mag zien. Probeer een deel van de naam, of postcode en huisnummer.');
    answer.replaceChildren(make('ul', {}, ...page.hits.map((hit) => make('li', {}, link(hit)))));
  });
});

function labelTitle(label) {
  return schema.nodes.find((node) => node.label === label)?.titleNl ?? label;
}

function propertyTitle(name) {
  for (const label of [...schema.nodes, ...schema.edges]) {
    const property = label.properties.find((one) => one.name === name);
    if (property) return property.titleNl;
  }
  return name;
}

function link(node) {
  return make('span', {},
    make('button', { class: 'link', type: 'button', onclick: () => step('Dossier ophalen…', () => dossier(node.id)) }, node.name),
    make('span', { class: 'tag' }, labelTitle(node.label)),
    node.disclosure === 'masked' ? make('span', { class: 'tag masked' }, 'afgeschermd') : null);
}

function period({ from, to, holds }) {
  const doubt = holds === 'maybe' ? ' (datum deels onbekend)' : '';
  if (from && to) return `van ${from} tot ${to}${doubt}`;
  if (from) return `sinds ${from}${doubt}`;
  if (to) return `tot ${to}${doubt}`;
  return '';
}

function facts(statement) {
  const texts = Object.entries(statement.properties).map(([name, value]) => `${propertyTitle(name)}: ${value === true ? 'ja' : value === false ? 'nee' : value}`);
  const source = statement.source;
  return make('div', {},
    make('p', { class: 'facts' }, [texts.join(' · '), period(statement.validity)].filter(Boolean).join(' · ')),
    make('p', { class: 'meta' }, `${source.title}, ${source.file} regel ${source.line}, geladen ${source.loadedAt.slice(0, 10)}. Zichtbaar door: ${statement.visibleBy.join(', ')}.`));
}

function when({ since, until, statements }) {
  if (until) return since ? `Van ${since} tot ${until}` : `Tot ${until}`;
  if (!since) return 'Begin onbekend';
  return statements.some((statement) => statement.properties.date) ? `Op ${since}` : `Sinds ${since}`;
}

function line(entry, kind) {
  return make('li', { class: kind },
    link(entry.node),
    make('p', { class: 'facts' }, when(entry)),
    make('details', {}, make('summary', {}, 'Wat bronnen zeggen'), ...[...entry.connection, ...entry.statements].map(facts)));
}

function section(part) {
  return make('section', {},
    make('h2', {}, `${part.titleNl} (${part.now.length})`),
    make('ul', {}, ...part.now.map((entry) => line(entry, 'now'))),
    part.earlier.length ? make('h3', {}, `Eerder (${part.earlier.length})`) : null,
    part.earlier.length ? make('ul', {}, ...part.earlier.map((entry) => line(entry, 'earlier'))) : null);
}

async function dossier(id) {
  const result = await call(`/dossiers/${id}?${query()}`);
  const subject = result.subject;
  answer.replaceChildren(
    make('h1', {}, subject.node.name, make('span', { class: 'tag' }, labelTitle(subject.node.label))),
    make('div', { class: 'card' }, ...subject.statements.map(facts)),
    ...result.sections.map(section),
    make('section', {},
      make('h2', {}, `Hangt ermee samen (${result.connections.length})`),
      make('ul', {}, ...result.connections.map((one) => make('li', {}, link(one), make('p', { class: 'meta' }, one.via.join(' · ')))))),
    make('p', { class: 'meta' }, `Peildatum ${result.asOf}, doel ${result.purpose}, bronnen: ${result.sources.join(', ')}.`));
  say(result.truncated ? `Niet alles staat hier: de grens van ${result.truncated.max} is bereikt.` : '');
  answer.focus();
}
