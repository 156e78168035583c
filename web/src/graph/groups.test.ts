import { expect, test } from 'vitest';
import { add, arrange, EMPTY, hide, move, remove, seen, setGrouped } from './chart';
import { fold, foldChosen, groupsOf, unfold } from './groups';

const node = (id: string, label: string) => ({ id, label, name: id, disclosure: 'full', level: 'intern' });
const edge = (from: string, label: string, to: string) => ({ id: `${from}${label}${to}`, label, from, to, intervals: [], level: 'intern' });
const chart = add(EMPTY, {
  nodes: [
    node('door', 'Address'), node('flat', 'Address'), node('house', 'Building'), node('jan', 'Person'), node('els', 'Person'),
    node('kim', 'Person'), node('firm', 'Company'), node('mother', 'Company'), node('shop', 'Branch'), node('other', 'Company'),
  ],
  edges: [
    edge('jan', 'LIVES_AT', 'door'), edge('els', 'LIVES_AT', 'door'), edge('kim', 'LIVES_AT', 'flat'), edge('jan', 'LIVES_AT', 'flat'),
    edge('door', 'PART_OF', 'house'), edge('flat', 'PART_OF', 'house'),
    edge('mother', 'SHAREHOLDER_OF', 'firm'), edge('shop', 'BRANCH_OF', 'firm'), edge('jan', 'DIRECTOR_OF', 'firm'), edge('jan', 'DIRECTOR_OF', 'other'),
  ],
}, new Map([['jan', { x: 0, y: 0 }], ['els', { x: 10, y: 0 }]]));

test('households, buildings and families of companies are found by what hangs together', () => {
  expect(groupsOf(chart, 'household').map((group) => group.members)).toEqual([['els', 'jan']]);
  expect(groupsOf(chart, 'building').map((group) => group.members)).toEqual([['house', 'door', 'flat']]);
  expect(groupsOf(chart, 'company').map((group) => group.members)).toEqual([['shop', 'firm', 'mother']]);
  expect(groupsOf(fold(chart, groupsOf(chart, 'household')), 'household')).toEqual([]);
});

test('a group is drawn as one node, its edges as those of all in it, and none within', () => {
  const folded = fold(chart, [...groupsOf(chart, 'household'), ...groupsOf(chart, 'building')]);
  const view = seen(folded);
  expect(view.nodes.map((one) => one.id).sort()).toEqual(['firm', 'group:els', 'group:house', 'kim', 'mother', 'other', 'shop']);
  const home = view.lines.find((line) => [line.from, line.to].sort().join() === 'group:els,group:house');
  expect(home?.edges.length).toBe(3);
  expect(view.lines.every((line) => line.from !== line.to)).toBe(true);
  expect(view.nodes.find((one) => one.id === 'group:els')).toMatchObject({ x: 5, y: 0, name: 'els +1', members: ['els', 'jan'] });
  for (const grouped of [true, false]) {
    const drawn = seen(setGrouped(folded, grouped)).lines.flatMap((line) => line.edges.map((one) => one.id)).sort();
    expect(drawn.length).toBe(new Set(drawn).size);
    expect(drawn.length).toBe(8);
  }
  expect(seen(unfold(folded, new Set(folded.groups.map((group) => group.id)))).nodes.length).toBe(10);
});

test('who moves a group moves all in it, and they lie as they lay', () => {
  const folded = fold(chart, groupsOf(chart, 'household'));
  for (const change of [move, arrange]) {
    const moved = change(folded, new Map([['group:els', { x: 105, y: 50 }]]));
    expect(moved.nodes.get('jan')).toMatchObject({ x: 100, y: 50 });
    expect(moved.nodes.get('els')).toMatchObject({ x: 110, y: 50 });
    expect(folded.nodes.get('jan')).toMatchObject({ x: 0, y: 0 });
  }
});

test('of what is hidden or taken away a group is not drawn, and none has one member', () => {
  const folded = fold(chart, groupsOf(chart, 'household'));
  expect(seen(hide(folded, new Set(['els']))).nodes.some((one) => one.id === 'jan')).toBe(true);
  expect(remove(folded, new Set(['els'])).groups).toEqual([]);
});

test('chosen nodes can be grouped, whatever they were in', () => {
  const folded = foldChosen(fold(chart, groupsOf(chart, 'household')), ['els', 'kim', 'gone']);
  expect(folded.groups.map((group) => [group.kind, group.members])).toEqual([['chosen', ['els', 'kim']]]);
  expect(foldChosen(chart, ['jan'])).toBe(chart);
});
