import { describe, expect, it } from 'vitest';
import { add, EMPTY, seen, type Chart, type Place } from '../graph/chart';
import { force } from './force';
import { forceTask } from './force-task';
import { alongside, around, byTime, layers, radial, STEP } from './index';

const node = (id: string, label = 'Person') => ({ id, label, name: id, disclosure: 'full', level: 'intern' });
const star = (size: number): Chart => {
  const leaves = Array.from({ length: size }, (_, i) => node(`n${String(i).padStart(3, '0')}`));
  const edges = leaves.map(({ id }, i) => ({
    id: `e${i}`, label: 'MET', from: 'hub', to: id, intervals: [{ from: `20${10 + (i % 9)}-01-01`, to: null, holds: 'yes' }], level: 'intern',
  }));
  const nodes = [node('hub', 'Address'), ...leaves];
  return add(EMPTY, { nodes, edges }, new Map());
};
const nearest = (places: Iterable<Place>) => {
  const all = [...places];
  return Math.min(...all.flatMap((one, i) => all.slice(i + 1).map((other) => Math.hypot(one.x - other.x, one.y - other.y))));
};

describe('another chart', () => {
  const chart = add(EMPTY, { nodes: [node('a'), node('b')], edges: [] }, new Map([['a', { x: 0, y: 0 }], ['b', { x: 100, y: 0 }]]));

  it('lies where what both have lies', () => {
    const places = alongside(chart, new Map([['a', { x: 500, y: 70 }], ['b', { x: 600, y: 70 }], ['c', { x: 550, y: 90 }]]));
    expect(places.get('c')).toEqual({ x: 50, y: 20 });
  });

  it('lies to the right of all where nothing is in both, and as it is beside an empty one', () => {
    const other = new Map([['c', { x: -900, y: 5 }], ['d', { x: -800, y: 5 }]]);
    expect(alongside(chart, other).get('c')).toEqual({ x: 100 + 2 * STEP, y: 5 });
    expect(alongside(EMPTY, other)).toEqual(other);
    expect(alongside(chart, new Map()).size).toBe(0);
  });
});

describe('new nodes', () => {
  it('go round the node that brought them, apart from each other and from what lies there', () => {
    const chart = star(3);
    const ids = Array.from({ length: 60 }, (_, i) => `new${i}`);
    const places = around(chart, 'hub', ids);
    expect(places.size).toBe(60);
    expect(nearest([...places.values(), { x: 0, y: 0 }])).toBeGreaterThan(STEP * 0.5);
  });

  it('begin in the middle of an empty chart', () => {
    expect(around(EMPTY, null, ['a']).get('a')).toEqual({ x: 0, y: 0 });
  });
});

describe('each layout', () => {
  const view = seen(star(150));
  for (const [name, run] of [
    ['force', () => force(forceTask(view))],
    ['layers', () => layers(view, 'hub')],
    ['radial', () => radial(view, 'hub')],
    ['time', () => byTime(view)],
  ] as const) {
    it(`${name} places every node, none on another, the same each time`, () => {
      const places = run();
      expect(places.size).toBe(151);
      expect(nearest(places.values())).toBeGreaterThan(STEP * 0.4);
      expect([...run()]).toEqual([...places]);
    });
  }

  it('force leaves pinned nodes where they are', () => {
    const task = forceTask(view);
    const pinned = { ...task, nodes: task.nodes.map((one) => ({ ...one, pinned: one.id === 'hub', x: one.id === 'hub' ? 300 : 0 })) };
    const place = force(pinned).get('hub');
    expect(Math.abs((place?.x ?? 0) - 300)).toBeLessThan(3);
  });

  it('by time goes from left to right', () => {
    const places = byTime(view);
    expect(places.get('n000')?.x).toBeLessThan(places.get('n001')?.x ?? 0);
  });
});
