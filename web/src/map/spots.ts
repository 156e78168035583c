// What of a chart lies where: nodes at the places that they have themselves, or that what they hang together with has.
import type { Places } from '../api/client';
import type { Seen } from '../graph/chart';

export type Degrees = readonly [number, number];

/** West, south, east, north. */
export type Box = [number, number, number, number];

/** What lies at one place. */
export interface Spot {
  /** The node that has the place. */
  readonly id: string;
  readonly at: Degrees;
  /** Everything of the chart that lies there, the node itself first. */
  readonly nodes: readonly string[];
}

type Feature = Places['features'][number];

export function middle(feature: Feature): Degrees {
  const [x = 0, y = 0] = feature.properties.middle;
  return [x, y];
}

/** Whether a place lies within an outline: by how often a line from it crosses the rings. */
export function contains(feature: Feature, [x, y]: Degrees): boolean {
  if (feature.geometry.type === 'Point') return false;
  let inside = false;
  for (const ring of rings(feature)) {
    ring.forEach(([x1, y1], at) => {
      const [x2, y2] = ring[(at + 1) % ring.length] ?? [x1, y1];
      if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) inside = !inside;
    });
  }
  return inside;
}

/** All rings of an outline. */
export function rings({ geometry }: Feature): Degrees[][] {
  if (geometry.type === 'Point') return [];
  return (geometry.type === 'Polygon' ? [geometry.coordinates] : (geometry.coordinates as unknown[])).flat() as Degrees[][];
}

/** What of some features one means by pointing at a place: the building there and what lies in it, or else what lies nearest. */
export function meant(features: readonly Feature[], at: Degrees, max: number): Feature[] {
  const building = features.find((one) => contains(one, at));
  if (building) return features.filter((one) => one === building || contains(building, middle(one)));
  const away = (one: Feature) => Math.hypot(middle(one)[0] - at[0], (middle(one)[1] - at[1]) * 1.6);
  return features.toSorted((one, other) => away(one) - away(other)).slice(0, max);
}

/** Places of what is seen. A building that has an address on the chart lies there, so that a door is one place and not two. */
export function spots(view: Seen, places: ReadonlyMap<string, Feature>): Spot[] {
  const beside = new Map<string, string[]>(view.nodes.map((node) => [node.id, []]));
  for (const { from, to } of view.lines) {
    beside.get(from)?.push(to);
    beside.get(to)?.push(from);
  }
  const isPoint = (id: string) => places.get(id)?.geometry.type === 'Point';
  const at = new Map<string, string[]>();
  for (const node of view.nodes) {
    const own = places.has(node.id);
    const around = (beside.get(node.id) ?? []).filter((id) => places.has(id));
    const points = around.filter(isPoint);
    const held = own && (isPoint(node.id) || !points.length) ? [node.id] : points.length ? points : own ? [node.id] : around;
    for (const id of new Set(held)) at.set(id, [...(at.get(id) ?? []), node.id]);
  }
  return [...at].flatMap(([id, nodes]) => {
    const place = places.get(id);
    return place ? [{ id, at: middle(place), nodes: [id, ...nodes.filter((one) => one !== id)] }] : [];
  });
}

/** Spots that would lie on top of each other on the screen, as one. */
export interface Cluster {
  readonly spots: readonly Spot[];
  readonly at: Degrees;
}

/** Groups spots that are nearer to each other than a mark is wide; the first of each is its place. */
export function clusters(all: readonly Spot[], project: (at: Degrees) => readonly [number, number], width: number): Cluster[] {
  const groups: { x: number; y: number; at: Degrees; spots: Spot[] }[] = [];
  const cells = new Map<string, typeof groups>();
  const cell = (x: number, y: number) => `${Math.floor(x / width)} ${Math.floor(y / width)}`;
  for (const spot of all) {
    const [x, y] = project(spot.at);
    const near = [-1, 0, 1].flatMap((dx) => [-1, 0, 1].flatMap((dy) => cells.get(cell(x + dx * width, y + dy * width)) ?? []));
    const group = near.find((one) => Math.hypot(one.x - x, one.y - y) < width);
    if (group) {
      group.spots.push(spot);
      continue;
    }
    const made = { x, y, at: spot.at, spots: [spot] };
    groups.push(made);
    cells.set(cell(x, y), [...(cells.get(cell(x, y)) ?? []), made]);
  }
  return groups.map(({ at, spots: of }) => ({ at, spots: of }));
}

/** West, south, east and north of some places, with air around them. */
export function bounds(places: readonly Degrees[]): Box | null {
  if (!places.length) return null;
  const xs = places.map(([x]) => x);
  const ys = places.map(([, y]) => y);
  return [Math.min(...xs) - 0.0006, Math.min(...ys) - 0.0004, Math.max(...xs) + 0.0006, Math.max(...ys) + 0.0004];
}

/** Whether one box holds another. */
export function holds(outer: readonly number[] | null, inner: readonly number[]): boolean {
  if (!outer) return false;
  const [west = 0, south = 0, east = 0, north = 0] = outer;
  const [w = 0, s = 0, e = 0, n = 0] = inner;
  return west <= w && south <= s && east >= e && north >= n;
}

/** Width and height of the server's cells, and most of them in one box. */
const CELL = [0.002, 0.001] as const;
const CELLS_MAX = 500;

/** The box to ask the ground of: larger than what is looked at, as large as the server allows; null: too large. */
export function groundBox([west = 0, south = 0, east = 0, north = 0]: readonly number[]): Box | null {
  const count = (w: number, h: number) => (Math.ceil(w / CELL[0]) + 1) * (Math.ceil(h / CELL[1]) + 1);
  const [width, height] = [east - west, north - south];
  for (const air of [0.4, 0.15, 0]) {
    if (count(width * (1 + 2 * air), height * (1 + 2 * air)) <= CELLS_MAX) {
      return [west - width * air, south - height * air, east + width * air, north + height * air];
    }
  }
  return null;
}
