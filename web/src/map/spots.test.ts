import { expect, test } from 'vitest';
import type { Places } from '../api/client';
import { add, EMPTY, seen } from '../graph/chart';
import { clusters, groundBox, holds, meant, spots, type Spot } from './spots';

const node = (id: string, label: string) => ({ id, label, name: id, disclosure: 'full', level: 'intern' });
const edge = (from: string, to: string) => ({ id: from + to, label: 'E', from, to, intervals: [], level: 'intern' });
const feature = (id: string, at: [number, number], outline = false): [string, Places['features'][number]] => [
  id,
  {
    type: 'Feature',
    geometry: outline ? { type: 'Polygon', coordinates: [] } : { type: 'Point', coordinates: at },
    properties: { id, label: 'Address', name: id, disclosure: 'full', middle: at },
  },
];

test('who lives at a door lies there, and its building does not lie beside it', () => {
  const chart = add(EMPTY, {
    nodes: [node('door', 'Address'), node('house', 'Building'), node('jan', 'Person'), node('firm', 'Company'), node('shed', 'Building')],
    edges: [edge('jan', 'door'), edge('door', 'house'), edge('firm', 'jan')],
  }, new Map());
  const places = new Map([feature('door', [5, 52]), feature('house', [5.0001, 52], true), feature('shed', [6, 52], true)]);
  const found = spots(seen(chart), places);
  expect(found).toEqual([
    { id: 'door', at: [5, 52], nodes: ['door', 'house', 'jan'] },
    { id: 'shed', at: [6, 52], nodes: ['shed'] },
  ]);
});

test('who lives at two doors lies at both', () => {
  const chart = add(EMPTY, { nodes: [node('a', 'Address'), node('b', 'Address'), node('jan', 'Person')], edges: [edge('jan', 'a'), edge('jan', 'b')] }, new Map());
  const found = spots(seen(chart), new Map([feature('a', [5, 52]), feature('b', [5.1, 52])]));
  expect(found.map((spot) => spot.nodes)).toEqual([['a', 'jan'], ['b', 'jan']]);
});

test('what would overlap becomes one mark, and nothing is lost', () => {
  const all: Spot[] = [0, 5, 39, 41, 200].map((x) => ({ id: String(x), at: [x, 0], nodes: [String(x)] }));
  const made = clusters(all, (at) => at, 40);
  expect(made.map((one) => one.spots.map((spot) => spot.id))).toEqual([['0', '5', '39'], ['41'], ['200']]);
});

test('the ground is asked for a little more than is looked at, and not for a province', () => {
  const look = [5, 52, 5.01, 52.006];
  const box = groundBox(look);
  expect(holds(box, look)).toBe(true);
  expect(groundBox([5, 52, 5.2, 52.2])).toBeNull();
  expect(holds(null, look)).toBe(false);
});

test('who points at a building means it and what lies in it', () => {
  const square = (id: string, x: number): Places['features'][number] => ({
    type: 'Feature',
    geometry: { type: 'Polygon', coordinates: [[[x, 0], [x + 1, 0], [x + 1, 1], [x, 1], [x, 0]]] },
    properties: { id, label: 'Building', name: id, disclosure: 'full', middle: [x + 0.5, 0.5] },
  });
  const [, door] = feature('door', [0.4, 0.5]);
  const all = [square('a', 0), square('b', 1), door];
  expect(meant(all, [0.2, 0.2], 5).map((one) => one.properties.id)).toEqual(['a', 'door']);
  expect(meant(all, [5, 5], 1).map((one) => one.properties.id)).toEqual(['b']);
});
