// Exports of what is seen, as text. Each carries its authority; none holds more than the screen shows.
import type { Seen } from '../graph/chart';
import { draw, RADIUS, type Drawing } from '../render/drawing';
import type { Theme } from '../render/theme';
import { authorityLines, type Authority } from './authority';

const xml = (text: string) =>
  text.replace(/[&<>"']/g, (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' })[letter] ?? '')
    // Letters that XML does not know.
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '');

/** A cell of CSV. One that a spreadsheet would take for a formula is made a text. */
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const row = (...cells: string[]) => `${cells.map(cell).join(',')}\r\n`;
type Node = Seen['nodes'][number];
type Edge = Seen['lines'][number]['edges'][number];

const period = (edge: Edge, end: 'from' | 'to') => {
  const days = edge.intervals.flatMap((interval) => interval[end] ?? []).sort();
  return (end === 'from' ? days[0] : edge.intervals.some((interval) => !interval.to) ? '' : days.at(-1)) ?? '';
};

/** The authority as one line. */
const facts = (authority: Authority) => authorityLines(authority).map((line) => line.join(': ')).join('; ');

/** A row for each edge with both its ends, then one for each node without edges. */
function rows(view: Seen, ofEdge: (from: Node, edge: Edge, to: Node) => readonly string[], alone: (node: Node) => readonly string[]): string {
  const names = new Map(view.nodes.map((node) => [node.id, node]));
  const used = new Set<string>();
  let text = '';
  for (const edge of view.lines.flatMap((line) => line.edges)) {
    const [from, to] = [names.get(edge.from), names.get(edge.to)];
    if (!from || !to) continue;
    used.add(from.id).add(to.id);
    text += row(...ofEdge(from, edge, to));
  }
  for (const node of view.nodes) if (!used.has(node.id)) text += row(...alone(node));
  return text;
}

/** The authority on top, as comments. */
export function csv(view: Seen, authority: Authority): string {
  let text = '\ufeff';
  for (const [name, value] of authorityLines(authority)) text += row(`# ${name}`, value);
  text += row('van_id', 'van_label', 'van_naam', 'verbinding', 'naar_id', 'naar_label', 'naar_naam', 'sinds', 'tot');
  return text + rows(
    view,
    (from, edge, to) => [from.id, from.label, from.name, edge.label, to.id, to.label, to.name, period(edge, 'from'), period(edge, 'to')],
    (node) => [node.id, node.label, node.name, '', '', '', '', '', ''],
  );
}

export function graphml(view: Seen, authority: Authority): string {
  const key = (id: string, what: string, type = 'string') => `  <key id="${id}" for="${what}" attr.name="${id}" attr.type="${type}"/>\n`;
  const data = (id: string, value: string) => (value ? `<data key="${id}">${xml(value)}</data>` : '');
  let text = '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n';
  for (const [name, value] of authorityLines(authority)) text += `  <!-- ${xml(`${name}: ${value}`).replaceAll('--', '- -')} -->\n`;
  text += key('label', 'node') + key('name', 'node') + key('x', 'node', 'double') + key('y', 'node', 'double');
  text += key('edge_label', 'edge') + key('since', 'edge') + key('until', 'edge') + key('authority', 'graph');
  text += '  <graph id="chart" edgedefault="directed">\n';
  text += `    ${data('authority', facts(authority))}\n`;
  for (const node of view.nodes) {
    text += `    <node id="${xml(node.id)}">${data('label', node.label)}${data('name', node.name)}${data('x', node.x.toFixed(1))}${data('y', node.y.toFixed(1))}</node>\n`;
  }
  for (const edge of view.lines.flatMap((line) => line.edges)) {
    text += `    <edge id="${xml(edge.id)}" source="${xml(edge.from)}" target="${xml(edge.to)}">${data('edge_label', edge.label)}${data('since', period(edge, 'from'))}${data('until', period(edge, 'to'))}</edge>\n`;
  }
  return `${text}  </graph>\n</graphml>\n`;
}

/** GEXF 1.3, as Gephi reads it. */
export function gexf(view: Seen, authority: Authority): string {
  const attributes = (of: string, names: readonly string[]) =>
    `    <attributes class="${of}">${names.map((name) => `<attribute id="${of}_${name}" title="${name}" type="string"/>`).join('')}</attributes>\n`;
  const values = (of: string, said: Record<string, string>) => {
    const all = Object.entries(said).filter(([, value]) => value);
    return `<attvalues>${all.map(([name, value]) => `<attvalue for="${of}_${name}" value="${xml(value)}"/>`).join('')}</attvalues>`;
  };
  let text = '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" xmlns:viz="http://gexf.net/1.3/viz" version="1.3">\n';
  text += `  <meta lastmodifieddate="${xml(authority.madeOn)}"><creator>Verband</creator><description>${xml(facts(authority))}</description></meta>\n`;
  text += `  <graph defaultedgetype="directed" mode="static">\n${attributes('node', ['label'])}${attributes('edge', ['label', 'since', 'until'])}    <nodes>\n`;
  for (const node of view.nodes) {
    // Its y goes up, that of the screen goes down.
    text += `      <node id="${xml(node.id)}" label="${xml(node.name)}">${values('node', { label: node.label })}<viz:position x="${node.x.toFixed(1)}" y="${(-node.y).toFixed(1)}" z="0.0"/></node>\n`;
  }
  text += '    </nodes>\n    <edges>\n';
  for (const edge of view.lines.flatMap((line) => line.edges)) {
    text += `      <edge id="${xml(edge.id)}" source="${xml(edge.from)}" target="${xml(edge.to)}" label="${xml(edge.label)}">${values('edge', { label: edge.label, since: period(edge, 'from'), until: period(edge, 'to') })}</edge>\n`;
  }
  return `${text}    </edges>\n  </graph>\n</gexf>\n`;
}

const I2_COLUMNS = [
  'Entity 1 Type', 'Entity 1 Identity', 'Entity 1 Label', 'Entity 2 Type', 'Entity 2 Identity', 'Entity 2 Label',
  'Link Type', 'Link Start Date', 'Link End Date', 'Source Reference',
] as const;

/** For the importer of i2 Analyst's Notebook: its words as headings, a link a row, from entity 1 to entity 2. The importer
 * takes each row as data, so the authority stands in all of them. */
export function i2(view: Seen, authority: Authority): string {
  const whose = facts(authority);
  return `\ufeff${row(...I2_COLUMNS)}` + rows(
    view,
    (from, edge, to) => [from.label, from.id, from.name, to.label, to.id, to.name, edge.label, period(edge, 'from'), period(edge, 'to'), whose],
    (node) => [node.label, node.id, node.name, '', '', '', '', '', '', whose],
  );
}

/** All that is in an export of a chart, whatever its format and wherever nodes lie: what its hash is of. */
export function content(view: Seen): string {
  const inOrder = <T extends { id: string }>(list: readonly T[]) => [...list].sort((one, other) => (one.id < other.id ? -1 : 1));
  const nodes = inOrder(view.nodes).map(({ id, label, name, disclosure }) => [id, label, name, disclosure]);
  const edges = inOrder(view.lines.flatMap((line) => line.edges)).map((edge) => [edge.id, edge.label, edge.from, edge.to, period(edge, 'from'), period(edge, 'to')]);
  return JSON.stringify([nodes, edges]);
}

export function json(view: Seen, authority: Authority): string {
  const nodes = view.nodes.map(({ id, label, name, disclosure, level, x, y }) => ({ id, label, name, disclosure, level, x, y }));
  return `${JSON.stringify({ format: 'verband-export', version: 1, authority, nodes, edges: view.lines.flatMap((line) => line.edges) }, null, 2)}\n`;
}

const LINE = 16;

/** The picture with its authority below it; without where that stands beside it. */
export function svg(view: Seen, authority: Authority | null, theme: Theme): string {
  const drawing = draw(view);
  const below = authority ? authorityLines(authority) : [];
  const height = drawing.height + (below.length ? LINE * (below.length + 2) : 0);
  const width = Math.max(drawing.width, 560);
  const font = xml(theme.font);
  let text = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${drawing.left} ${drawing.top} ${width} ${height}" width="${width}" height="${height}" font-family="${font}" font-size="12">\n`;
  text += `<rect x="${drawing.left}" y="${drawing.top}" width="${width}" height="${height}" fill="${theme.paper}"/>\n`;
  text += `<g fill="none" stroke="${theme.edge}">\n${drawing.lines.map((line) => `<path d="${line.path}" stroke-width="${line.width}"/>\n`).join('')}</g>\n`;
  for (const one of drawing.nodes) text += nodeSvg(one, theme);
  below.forEach(([name, value], i) => {
    text += `<text x="${drawing.left + 16}" y="${drawing.top + drawing.height + LINE * (i + 1)}" fill="${theme.soft}">${xml(`${name}: ${value}`)}</text>\n`;
  });
  return `${text}</svg>\n`;
}

function nodeSvg({ node, x, y, points, icon, letter, name }: Drawing['nodes'][number], theme: Theme): string {
  const colour = theme.kind(node.label);
  const scale = (RADIUS * 1.25) / 16;
  const shape = points ? `<polygon points="${points}"/>` : `<circle r="${RADIUS}"/>`;
  const ring = node.disclosure === 'masked' ? `<circle r="${RADIUS * 1.4}" fill="none" stroke="${theme.warn}" stroke-dasharray="3 3"/>` : '';
  const title = name
    ? `<text x="${name.x}" y="${name.y}" text-anchor="middle" fill="${theme.ink}" stroke="${theme.paper}" stroke-width="3" paint-order="stroke"><tspan fill="${colour}">${xml(letter)}</tspan> ${xml(name.text)}</text>`
    : '';
  return `<g transform="translate(${x} ${y})" fill="${colour}">${shape}<path d="${icon}" transform="scale(${scale}) translate(-8 -8)" fill="none" stroke="#fff" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/>${ring}</g>${title}\n`;
}
