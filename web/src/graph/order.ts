// The order in which people look for nodes.
import type { ChartNode } from './chart';

// Made once: comparing by locale without one is a hundred times slower, and a chart has thousands of names.
export const collator = new Intl.Collator('nl', { numeric: true });

const compare = (one: ChartNode, other: ChartNode): number =>
  (one.label < other.label ? -1 : one.label > other.label ? 1 : 0) || collator.compare(one.name, other.name) || (one.id < other.id ? -1 : 1);

// Comparing names is what sorting costs, and a chart is sorted at each step, by several parts of the screen: each list is
// sorted once, and of the last one only what came since is.
let sorted = new WeakMap<readonly ChartNode[], readonly ChartNode[]>();
let last: readonly ChartNode[] = [];

/** Nodes by label and name, as people look for them. */
export function byName(nodes: readonly ChartNode[]): readonly ChartNode[] {
  const known = sorted.get(nodes);
  if (known) return known;
  const left = new Map(nodes.map((node) => [node.id, node]));
  const kept: ChartNode[] = [];
  for (const { id, label, name } of last) {
    const node = left.get(id);
    if (node?.label !== label || node.name !== name) continue;
    kept.push(node);
    left.delete(id);
  }
  const found: ChartNode[] = [];
  let at = 0;
  for (const node of [...left.values()].sort(compare)) {
    for (let next = kept[at]; next && compare(next, node) < 0; next = kept[at]) {
      found.push(next);
      at += 1;
    }
    found.push(node);
  }
  found.push(...kept.slice(at));
  sorted.set(nodes, found);
  last = found;
  return found;
}

/** Nothing of what one reader saw stays for the next. */
export function forgetOrder(): void {
  sorted = new WeakMap();
  last = [];
}
