// What the worker is given: apart, so that the page does not load the layout itself.
import type { Seen } from '../graph/chart';

export interface ForceTask {
  readonly nodes: readonly { readonly id: string; readonly x: number; readonly y: number; readonly pinned: boolean }[];
  readonly lines: readonly { readonly from: string; readonly to: string; readonly weight: number }[];
}

export function forceTask(view: Seen): ForceTask {
  return {
    nodes: view.nodes.map(({ id, x, y, pinned }) => ({ id, x, y, pinned })),
    lines: view.lines.map(({ from, to, edges }) => ({ from, to, weight: Math.min(edges.length, 4) })),
  };
}
