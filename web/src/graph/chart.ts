// A chart: which nodes and edges lie on the table, where, and what its maker did with them.
//
// Charts are values. Each function gives a new one and leaves the old as it was, so that undo is keeping the old.
import type { EdgeSummary, NodeSummary } from '../api/client';
import { spread, standIns, without, type Group } from './groups';
import { byName } from './order';

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface ChartNode extends NodeSummary, Place {
  /** Stays where it is, whatever is arranged. */
  readonly pinned: boolean;
  readonly note: string;
  /** When it happened, of what happens on a day. */
  readonly date: string | null;
  /** Highest confidentiality of what shows of it. */
  readonly level: string;
  /** Of a group that is drawn as one node: what is in it. */
  readonly members?: readonly string[];
}

export interface Chart {
  readonly nodes: ReadonlyMap<string, ChartNode>;
  readonly edges: ReadonlyMap<string, EdgeSummary>;
  /** Nodes that were hidden one by one. */
  readonly hidden: ReadonlySet<string>;
  /** Labels of nodes that the legend leaves out. */
  readonly hiddenLabels: ReadonlySet<string>;
  /** Labels of edges that the legend leaves out. */
  readonly hiddenEdgeLabels: ReadonlySet<string>;
  /** Edges between the same two nodes are drawn as one. */
  readonly grouped: boolean;
  /** Nodes that are drawn as one. */
  readonly groups: readonly Group[];
  /** The node that the chart began with: layouts go around it. */
  readonly centre: string | null;
}

export const EMPTY: Chart = {
  nodes: new Map(),
  edges: new Map(),
  hidden: new Set(),
  hiddenLabels: new Set(),
  hiddenEdgeLabels: new Set(),
  grouped: true,
  groups: [],
  centre: null,
};

/** Nodes that a chart may hold: more is no picture but a hairball. */
export const CHART_NODES_MAX = 2_000;

/** What an answer brings to the chart. */
export interface Found {
  readonly nodes: readonly (NodeSummary & { readonly date?: string | null; readonly level: string })[];
  readonly edges: readonly EdgeSummary[];
}

/** Adds what was found. Nodes that lie there already stay where they are; new ones get their places. */
export function add(chart: Chart, found: Found, places: ReadonlyMap<string, Place>): Chart {
  const nodes = new Map(chart.nodes);
  const hidden = new Set(chart.hidden);
  for (const { id, label, name, disclosure, level, date = null } of found.nodes) {
    const known = nodes.get(id);
    const place = known ?? places.get(id) ?? { x: 0, y: 0 };
    nodes.set(id, {
      id, label, name, disclosure, level, date,
      x: place.x, y: place.y, pinned: known?.pinned ?? false, note: known?.note ?? '',
    });
    // Who asks for a node wants to see it.
    hidden.delete(id);
  }
  const edges = new Map(chart.edges);
  for (const edge of found.edges) {
    if (nodes.has(edge.from) && nodes.has(edge.to)) edges.set(edge.id, edge);
  }
  return { ...chart, nodes, edges, hidden, centre: chart.centre ?? found.nodes[0]?.id ?? null };
}

/** Takes nodes from the table, and their edges with them. */
export function remove(chart: Chart, ids: ReadonlySet<string>): Chart {
  const nodes = new Map([...chart.nodes].filter(([id]) => !ids.has(id)));
  const edges = new Map([...chart.edges].filter(([, edge]) => nodes.has(edge.from) && nodes.has(edge.to)));
  const hidden = new Set([...chart.hidden].filter((id) => nodes.has(id)));
  const centre = chart.centre && nodes.has(chart.centre) ? chart.centre : ([...nodes.keys()][0] ?? null);
  return without({ ...chart, nodes, edges, hidden, centre }, (id) => nodes.has(id));
}

export function keepOnly(chart: Chart, ids: ReadonlySet<string>): Chart {
  return remove(chart, new Set([...chart.nodes.keys()].filter((id) => !ids.has(id))));
}

export function hide(chart: Chart, ids: ReadonlySet<string>): Chart {
  return { ...chart, hidden: new Set([...chart.hidden, ...ids]) };
}

export function showAll(chart: Chart): Chart {
  return { ...chart, hidden: new Set(), hiddenLabels: new Set(), hiddenEdgeLabels: new Set() };
}

function change(chart: Chart, ids: Iterable<string>, to: (node: ChartNode) => Partial<ChartNode>): Chart {
  const nodes = new Map(chart.nodes);
  for (const id of ids) {
    const node = nodes.get(id);
    if (node) nodes.set(id, { ...node, ...to(node) });
  }
  return { ...chart, nodes };
}

export function pin(chart: Chart, ids: ReadonlySet<string>, pinned: boolean): Chart {
  return change(chart, ids, () => ({ pinned }));
}

/** Moves nodes, the pinned ones too: who drags a node means it. */
export function move(chart: Chart, places: ReadonlyMap<string, Place>): Chart {
  const all = spread(chart, places);
  return change(chart, all.keys(), ({ id }) => all.get(id) ?? {});
}

/** Moves nodes as a layout says; pinned ones stay. */
export function arrange(chart: Chart, places: ReadonlyMap<string, Place>): Chart {
  const all = spread(chart, places);
  return change(chart, all.keys(), (node) => (node.pinned ? {} : (all.get(node.id) ?? {})));
}

export const NOTE_LETTERS_MAX = 500;

export function note(chart: Chart, id: string, text: string): Chart {
  return change(chart, [id], () => ({ note: text.slice(0, NOTE_LETTERS_MAX) }));
}

const toggled = (set: ReadonlySet<string>, one: string): Set<string> => {
  const other = new Set(set);
  if (!other.delete(one)) other.add(one);
  return other;
};

export function toggleLabel(chart: Chart, label: string): Chart {
  return { ...chart, hiddenLabels: toggled(chart.hiddenLabels, label) };
}

export function toggleEdgeLabel(chart: Chart, label: string): Chart {
  return { ...chart, hiddenEdgeLabels: toggled(chart.hiddenEdgeLabels, label) };
}

export function setGrouped(chart: Chart, grouped: boolean): Chart {
  return { ...chart, grouped };
}

/** Edges between two nodes, drawn as one or each by itself. */
export interface Line {
  /** Of the first edge. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly edges: readonly EdgeSummary[];
  /** Place among its parallels, around 0. */
  readonly bend: number;
}

/** What of a chart is to be seen. */
export interface Seen {
  readonly nodes: readonly ChartNode[];
  readonly lines: readonly Line[];
}

export function seen(chart: Chart): Seen {
  const visible = new Map(
    [...chart.nodes.values()].filter((node) => !chart.hidden.has(node.id) && !chart.hiddenLabels.has(node.label)).map((node) => [node.id, node]),
  );
  const groups = standIns(chart, visible);
  const nodes = [...[...visible.values()].filter((node) => !groups.by.has(node.id)), ...groups.nodes];
  const drawn = (id: string) => groups.by.get(id) ?? id;
  const parallels = new Map<string, EdgeSummary[]>();
  for (const edge of chart.edges.values()) {
    if (!visible.has(edge.from) || !visible.has(edge.to) || chart.hiddenEdgeLabels.has(edge.label)) continue;
    const [from, to] = [drawn(edge.from), drawn(edge.to)];
    // Within a group nothing is drawn; an edge of a node to itself is.
    if (from === to && edge.from !== edge.to) continue;
    const pair = from < to ? `${from} ${to}` : `${to} ${from}`;
    const others = parallels.get(pair);
    if (others) others.push(edge);
    else parallels.set(pair, [edge]);
  }
  const lines: Line[] = [];
  for (const edges of parallels.values()) {
    const [first] = edges;
    if (!first) continue;
    if (chart.grouped || edges.length === 1) {
      lines.push({ id: first.id, from: drawn(first.from), to: drawn(first.to), edges, bend: 0 });
      continue;
    }
    edges.forEach((edge, place) => {
      const offset = place - (edges.length - 1) / 2;
      // Seen from its own start: two edges that go opposite ways must not fall together.
      const bend = drawn(edge.from) === drawn(first.from) ? offset : -offset;
      lines.push({ id: edge.id, from: drawn(edge.from), to: drawn(edge.to), edges: [edge], bend });
    });
  }
  return { nodes, lines };
}

const known = new WeakMap<Seen, ReadonlyMap<string, readonly string[]>>();

/** Who is next to whom, of what is seen: by name, so that walking it has an order that people know. */
export function neighbours(view: Seen): ReadonlyMap<string, readonly string[]> {
  const found = known.get(view) ?? nextTo(view);
  known.set(view, found);
  return found;
}

function nextTo(view: Seen): ReadonlyMap<string, readonly string[]> {
  const beside = new Map<string, Set<string>>(view.nodes.map((node) => [node.id, new Set()]));
  for (const { from, to } of view.lines) {
    if (from === to) continue;
    beside.get(from)?.add(to);
    beside.get(to)?.add(from);
  }
  const rank = new Map(byName(view.nodes).map((node, place) => [node.id, place]));
  return new Map(
    [...beside].map(([id, others]) => [id, [...others].sort((one, other) => (rank.get(one) ?? 0) - (rank.get(other) ?? 0))]),
  );
}
