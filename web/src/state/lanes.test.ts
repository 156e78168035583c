import { expect, test } from 'vitest';
import { add, EMPTY, seen } from '../graph/chart';
import { lanes, within } from './lanes';

const node = (id: string, label: string) => ({ id, label, name: id, disclosure: 'full', level: 'intern' });
const edge = (from: string, to: string, label: string, begin: string | null, end: string | null = null) => ({
  id: from + to + label, label, from, to, intervals: [{ from: begin, to: end, holds: 'yes' }], level: 'intern',
});

const chart = add(EMPTY, {
  nodes: [node('door', 'Address'), node('jan', 'Person'), node('els', 'Person'), { ...node('s1', 'Signal'), date: '2024-05-02' }, node('s2', 'Signal'), node('shed', 'Building')],
  edges: [
    edge('jan', 'door', 'LIVES_AT', '2019-03-01'), edge('els', 'door', 'LIVES_AT', '2015', '2018-06-30'),
    edge('s1', 'door', 'ABOUT', null), edge('s2', 'door', 'ABOUT', '2024-05-20'), edge('door', 'shed', 'PART_OF', null),
  ] as never,
}, new Map());

test('a lane is of the door, and its rows go by begin', () => {
  const { lanes: [lane, ...others], undated, outside, first, last, months } = lanes(seen(chart), '2026-01-01', { from: null, to: null });
  expect(others).toEqual([]);
  expect(lane?.node.id).toBe('door');
  expect(lane?.rows.map((row) => row.other.id)).toEqual(['els', 'jan', 's1', 's2']);
  expect([undated, outside, first, last]).toEqual([1, 0, '2015-01-01', '2026-01-01']);
  expect(lane?.rows[1]?.spans[0]).toMatchObject({ to: 1, openEnd: true, openStart: false });
  expect(lane?.rows[0]?.spans[0]).toMatchObject({ from: 0, openEnd: false });
  expect(lane?.rows[2]?.event).toBe(true);
  expect(months.map(({ month, count }) => [month, count])).toEqual([['2024-05', 2]]);
});

test('of a period only what fell in it is shown, and what fell outside is counted', () => {
  const shown = lanes(seen(chart), '2026-01-01', { from: '2020-01-01', to: '2023-12-31' });
  expect(shown.lanes[0]?.rows.map((row) => row.other.id)).toEqual(['jan']);
  expect(shown.lanes[0]?.rows[0]?.spans[0]?.openStart).toBe(true);
  expect(shown.outside).toBe(3);
  expect(within(shown)).toEqual(['door', 'jan']);
});

test('nothing dated is no timeline', () => {
  const shown = lanes(seen(EMPTY), '2026-01-01', { from: null, to: null });
  expect([shown.lanes, shown.months, shown.undated]).toEqual([[], [], 0]);
});
