import { describe, expect, it } from 'vitest';
import { add, EMPTY, seen, type Chart, type Place } from '../graph/chart';
import { force } from './force';
import { forceTask } from './force-task';
import { around, byTime, layers, radial, STEP } from './index';

const node = (id: string, label = 'Person') => ({ id, label, name: id, disclosure: 'full' });
const star = (size: number): Chart => {
  const leaves = Array.from({ length: size }, (_, i) => node(`n${String(i).padStart(3, '0')}`));
  const edges = leaves.map(({ id }, i) => ({
    id: `e${i}`, label: 'MET', from: 'hub', to: id, intervals: [{ from: `20${10 + (i % 9)}-01-01`, to: null, holds: 'yes' }],
  }));
  const nodes = [node('hub', 'Address'), ...leaves];
  return add(EMPTY, { nodes, edges }, new Map());
};
const nearest = (places: Iterable<Place>) => {
  const all = [...places];
  return Math.min(...all.flatMap((one, i) => all.slice(i + 1).map((other) => Math.hypot(one.x - other.x, one.y - other.y))));
};

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
