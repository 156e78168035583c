// Where nodes go. Layouts are functions of what is seen and give places for every node of it, the same ones each time.
import type { Chart, ChartNode, Place, Seen } from '../graph/chart';
import { byName } from '../graph/order';

export type LayoutName = 'force' | 'layers' | 'radial' | 'time';
export type Places = Map<string, Place>;

/** Distance between two nodes that lie side by side. */
export const STEP = 95;

/** So many still look well on one ring. */
const ONE_RING_MAX = 26;

/** Places of another chart beside this one: moved so that what both have lies in the same place on average; to the right of
 * all where they have nothing in common. */
export function alongside(chart: Chart, places: ReadonlyMap<string, Place>): Places {
  const common = [...places].flatMap(([id, there]) => {
    const here = chart.nodes.get(id);
    return here ? [{ x: here.x - there.x, y: here.y - there.y }] : [];
  });
  const mean = (axis: 'x' | 'y') => common.reduce((sum, one) => sum + one[axis], 0) / common.length;
  const right = () => Math.max(...[...chart.nodes.values()].map((node) => node.x)) + 2 * STEP - Math.min(...[...places.values()].map((place) => place.x));
  const by = common.length ? { x: mean('x'), y: mean('y') } : chart.nodes.size && places.size ? { x: right(), y: 0 } : { x: 0, y: 0 };
  return new Map([...places].map(([id, { x, y }]) => [id, { x: x + by.x, y: y + by.y }]));
}

/** Places for new nodes: on rings around the node that brought them, on the side where there is room. Nothing else moves. */
export function around(chart: Chart, parent: string | null, ids: readonly string[]): Places {
  const places: Places = new Map();
  const centre = (parent ? chart.nodes.get(parent) : null) ?? { x: 0, y: 0 };
  const taken = new Set<string>();
  const cell = ({ x, y }: Place) => `${Math.round(x / (STEP * 0.8))} ${Math.round(y / (STEP * 0.8))}`;
  for (const node of chart.nodes.values()) taken.add(cell(node));
  const away = outward(chart, centre);
  const waiting = [...ids];
  if (!parent && chart.nodes.size === 0) {
    const first = waiting.shift();
    if (first) {
      places.set(first, { x: 0, y: 0 });
      taken.add(cell({ x: 0, y: 0 }));
    }
  }
  // Few go on one ring, as wide as they need; many on several.
  const first = waiting.length <= ONE_RING_MAX ? Math.max(1.5, (waiting.length * 1.02) / (2 * Math.PI)) : 1.5;
  for (let ring = 0; waiting.length && ring < 200; ring += 1) {
    const radius = STEP * (first + ring * 0.9);
    const slots = Math.floor((2 * Math.PI * radius) / STEP);
    for (let slot = 0; slot < slots && waiting.length; slot += 1) {
      // From the free side to both sides in turn.
      const turn = (slot % 2 ? 1 : -1) * Math.ceil(slot / 2);
      const angle = away + (turn / slots) * 2 * Math.PI;
      const place = { x: centre.x + Math.cos(angle) * radius, y: centre.y + Math.sin(angle) * radius };
      if (taken.has(cell(place))) continue;
      taken.add(cell(place));
      const id = waiting.shift();
      if (id) places.set(id, place);
    }
  }
  return places;
}

/** The direction away from the middle of all that lies there. */
function outward(chart: Chart, from: Place): number {
  let x = 0;
  let y = 0;
  for (const node of chart.nodes.values()) {
    x += node.x - from.x;
    y += node.y - from.y;
  }
  return Math.hypot(x, y) < 1 ? -Math.PI / 2 : Math.atan2(-y, -x);
}

function beside(view: Seen): Map<string, string[]> {
  const lists = new Map<string, string[]>(view.nodes.map((node) => [node.id, []]));
  for (const { from, to } of view.lines) {
    lists.get(from)?.push(to);
    lists.get(to)?.push(from);
  }
  return lists;
}

/** Steps from a node; those that do not hang together with it come one step after the last. */
function steps(view: Seen, centre: string): Map<string, number> {
  const lists = beside(view);
  const found = new Map([[centre, 0]]);
  const queue = [centre];
  for (const id of queue) {
    for (const other of lists.get(id) ?? []) {
      if (found.has(other)) continue;
      found.set(other, (found.get(id) ?? 0) + 1);
      queue.push(other);
    }
  }
  const last = Math.max(0, ...found.values());
  for (const node of view.nodes) if (!found.has(node.id)) found.set(node.id, last + 1);
  return found;
}

function ranks(view: Seen, rankOf: ReadonlyMap<string, number>): ChartNode[][] {
  const rows: ChartNode[][] = [];
  for (const node of byName(view.nodes)) {
    const rank = rankOf.get(node.id) ?? 0;
    (rows[rank] ??= []).push(node);
  }
  return Array.from(rows, (row) => row ?? []).filter((row) => row.length > 0);
}

/** Orders each row by the middle of its neighbours in the row before, so that few lines cross. */
function untangle(view: Seen, rows: ChartNode[][]): void {
  const lists = beside(view);
  for (let place = 1; place < rows.length; place += 1) {
    const before = new Map((rows[place - 1] ?? []).map((node, i) => [node.id, i]));
    const middle = (node: ChartNode) => {
      const places = (lists.get(node.id) ?? []).flatMap((id) => before.get(id) ?? []);
      return places.length ? places.reduce((sum, one) => sum + one, 0) / places.length : Infinity;
    };
    const weights = new Map((rows[place] ?? []).map((node) => [node.id, middle(node)]));
    rows[place]?.sort((one, other) => (weights.get(one.id) ?? 0) - (weights.get(other.id) ?? 0));
  }
}

const ROW_MAX = 14;

/** Rows below each other: the centre on top, then what is one step away, and so on. Long rows are folded. */
export function layers(view: Seen, centre: string | null): Places {
  const places: Places = new Map();
  const [first] = view.nodes;
  if (!first) return places;
  const rows = ranks(view, steps(view, centre ?? first.id));
  untangle(view, rows);
  let y = 0;
  for (const row of rows) {
    for (let start = 0; start < row.length; start += ROW_MAX) {
      const part = row.slice(start, start + ROW_MAX);
      part.forEach((node, i) => places.set(node.id, { x: (i - (part.length - 1) / 2) * STEP * 1.25, y: -y }));
      y += STEP * (start + ROW_MAX < row.length ? 0.9 : 1.5);
    }
  }
  return places;
}

/** Rings around the centre: what is one step away on the first, and so on; a ring as wide as it needs. */
export function radial(view: Seen, centre: string | null): Places {
  const places: Places = new Map();
  const [first] = view.nodes;
  if (!first) return places;
  const rows = ranks(view, steps(view, centre ?? first.id));
  untangle(view, rows);
  let radius = 0;
  rows.forEach((row, ring) => {
    radius = ring === 0 ? 0 : Math.max(radius + STEP * 1.5, (row.length * STEP) / (2 * Math.PI));
    row.forEach((node, i) => {
      const angle = (i / row.length) * 2 * Math.PI + Math.PI / 2 + (ring % 2) * 0.2;
      places.set(node.id, { x: Math.cos(angle) * radius, y: Math.sin(angle) * radius });
    });
  });
  return places;
}

/** From left to right by the first day that anything connects a node; those without a day left of all. Lanes by label. */
export function byTime(view: Seen): Places {
  const first = new Map<string, string>();
  for (const line of view.lines) {
    for (const from of line.edges.flatMap((edge) => edge.intervals.flatMap((interval) => interval.from ?? []))) {
      for (const end of [line.from, line.to]) {
        const known = first.get(end);
        if (/^\d/.test(from) && (known === undefined || from < known)) first.set(end, from);
      }
    }
  }
  const days = [...new Set(first.values())].sort();
  const column = new Map(days.map((day, i) => [day, i + 1]));
  const labels = [...new Set(view.nodes.map((node) => node.label))];
  const places: Places = new Map();
  const used = new Map<string, number>();
  let top = 0;
  for (const label of labels) {
    let deepest = 0;
    for (const node of byName(view.nodes.filter((one) => one.label === label))) {
      const at = column.get(first.get(node.id) ?? '') ?? 0;
      const key = `${label} ${at}`;
      const depth = used.get(key) ?? 0;
      used.set(key, depth + 1);
      deepest = Math.max(deepest, depth);
      places.set(node.id, { x: at * STEP, y: -(top + depth * STEP * 0.75) });
    }
    top += (deepest + 1) * STEP * 0.75 + STEP * 0.6;
  }
  return places;
}
