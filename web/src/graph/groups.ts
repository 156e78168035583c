// Groups: several nodes that are drawn as one. What hangs together is found by the edges of the municipal schema; who chooses
// nodes may group those. A group is how a chart is looked at, and says nothing of what is in it.
import type { Chart, ChartNode, Place } from './chart';
import { highest } from './level';
import { byName } from './order';

export const GROUP_KINDS = ['household', 'building', 'company', 'chosen'] as const;
export type GroupKind = (typeof GROUP_KINDS)[number];

export interface Group {
  readonly id: string;
  readonly kind: GroupKind;
  /** Identifiers of nodes, two at least. No node is in two groups. */
  readonly members: readonly string[];
}

/** Labels of edges that make a family of companies. */
const FAMILY = new Set(['BRANCH_OF', 'DIRECTOR_OF', 'SHAREHOLDER_OF']);
const COMPANIES = new Set(['Company', 'Branch']);

function made(kind: GroupKind, members: readonly string[]): Group[] {
  const [first] = members;
  return first && members.length > 1 ? [{ id: `group:${first}`, kind, members }] : [];
}

/** The groups of a kind that could be made now, of what is not in one and not hidden. */
export function groupsOf(chart: Chart, kind: Exclude<GroupKind, 'chosen'>): Group[] {
  const taken = new Set(chart.groups.flatMap((group) => group.members));
  const free = byName([...chart.nodes.values()].filter((node) => !taken.has(node.id) && !chart.hidden.has(node.id) && !chart.hiddenLabels.has(node.label)));
  const nodes = new Map(free.map((node) => [node.id, node]));
  const edges = [...chart.edges.values()].filter((edge) => nodes.has(edge.from) && nodes.has(edge.to) && !chart.hiddenEdgeLabels.has(edge.label));
  if (kind === 'company') return families(free, edges);
  const [edgeLabel, from, to] = kind === 'household' ? ['LIVES_AT', 'Person', 'Address'] : ['PART_OF', 'Address', 'Building'];
  const around = new Map<string, Set<string>>();
  for (const edge of edges) {
    if (edge.label !== edgeLabel || nodes.get(edge.from)?.label !== from || nodes.get(edge.to)?.label !== to) continue;
    around.set(edge.to, (around.get(edge.to) ?? new Set()).add(edge.from));
  }
  // Who lives at two doors belongs to the first of them by name.
  const given = new Set<string>();
  return free.flatMap((node) => {
    const members = free.filter((one) => around.get(node.id)?.has(one.id) && !given.has(one.id)).map((one) => one.id);
    const all = kind === 'building' && members.length ? [node.id, ...members] : members;
    if (all.length < 2) return [];
    for (const id of all) given.add(id);
    return made(kind, all);
  });
}

function families(nodes: readonly ChartNode[], edges: readonly { label: string; from: string; to: string }[]): Group[] {
  const companies = nodes.filter((node) => COMPANIES.has(node.label)).map((node) => node.id);
  const head = new Map(companies.map((id) => [id, id]));
  const headOf = (id: string): string => {
    let at = id;
    while (head.get(at) !== at) at = head.get(at) ?? at;
    return at;
  };
  for (const { label, from, to } of edges) {
    if (FAMILY.has(label) && head.has(from) && head.has(to)) head.set(headOf(from), headOf(to));
  }
  const members = new Map<string, string[]>();
  for (const id of companies) members.set(headOf(id), [...(members.get(headOf(id)) ?? []), id]);
  return [...members.values()].flatMap((all) => made('company', all));
}

/** Adds groups; of a node that is in one already only what is left is grouped. */
export function fold(chart: Chart, groups: readonly Omit<Group, 'id'>[]): Chart {
  const taken = new Set(chart.groups.flatMap((group) => group.members));
  const added = groups.flatMap(({ kind, members }) => {
    const left = members.filter((id) => chart.nodes.has(id) && !taken.has(id));
    for (const id of left) taken.add(id);
    return made(kind, left);
  });
  return added.length ? { ...chart, groups: [...chart.groups, ...added] } : chart;
}

/** A group of what was chosen; it takes its members out of others. */
export function foldChosen(chart: Chart, ids: readonly string[]): Chart {
  return fold(without(chart, (id) => !ids.includes(id)), made('chosen', ids));
}

/** Takes groups apart. */
export function unfold(chart: Chart, ids: ReadonlySet<string>): Chart {
  return { ...chart, groups: chart.groups.filter((group) => !ids.has(group.id)) };
}

/** Groups without the members that do not stay. */
export function without(chart: Chart, stays: (id: string) => boolean): Chart {
  if (chart.groups.every((group) => group.members.every(stays))) return chart;
  return { ...chart, groups: chart.groups.flatMap((group) => made(group.kind, group.members.filter(stays))) };
}

/** What stands for each node of a group, of those groups of which two members at least are to be seen. */
export function standIns(chart: Chart, visible: ReadonlyMap<string, ChartNode>): { readonly by: ReadonlyMap<string, string>; readonly nodes: readonly ChartNode[] } {
  const by = new Map<string, string>();
  const nodes = chart.groups.flatMap((group): ChartNode[] => {
    const members = group.members.flatMap((id) => visible.get(id) ?? []);
    const [first] = members;
    if (!first || members.length < 2) return [];
    for (const { id } of members) by.set(id, group.id);
    return [{
      id: group.id, label: `group:${group.kind}`, name: `${first.name} +${members.length - 1}`, disclosure: 'full', date: null,
      level: highest(members.map((node) => node.level)) ?? '',
      note: '', pinned: members.every((node) => node.pinned), members: members.map((node) => node.id), ...middle(members),
    }];
  });
  return { by, nodes };
}

function middle(nodes: readonly Place[]): Place {
  const sum = nodes.reduce((one, other) => ({ x: one.x + other.x, y: one.y + other.y }), { x: 0, y: 0 });
  return { x: sum.x / nodes.length, y: sum.y / nodes.length };
}

/** Places of nodes, where groups were given some: all members go with their group, and lie in it as they lay. */
export function spread(chart: Chart, places: ReadonlyMap<string, Place>): ReadonlyMap<string, Place> {
  const moved = chart.groups.filter((group) => places.has(group.id));
  if (!moved.length) return places;
  const all = new Map(places);
  for (const { id, members } of moved) {
    const nodes = members.flatMap((one) => chart.nodes.get(one) ?? []);
    const [to, from] = [places.get(id), middle(nodes)];
    if (to) for (const node of nodes) all.set(node.id, { x: node.x + to.x - from.x, y: node.y + to.y - from.y });
  }
  return all;
}
