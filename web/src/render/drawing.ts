// A chart as a flat drawing: for screens without WebGL, and for pictures. It has the same marks as the canvas.
import { languages } from '../messages/index.svelte';
import type { ChartNode, Seen } from '../graph/chart';
import { corners, kindOf } from './kinds';
import { place, shorten } from './labels';

export interface DrawnNode {
  readonly node: ChartNode;
  readonly x: number;
  readonly y: number;
  /** Corners as `x,y x,y`; empty: a circle. */
  readonly points: string;
  readonly icon: string;
  readonly letter: string;
  /** Null: there is no room for it. */
  readonly name: { readonly text: string; readonly x: number; readonly y: number } | null;
}

export interface DrawnLine {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly path: string;
  readonly width: number;
  readonly labels: readonly string[];
}

export interface Drawing {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly DrawnNode[];
  readonly lines: readonly DrawnLine[];
}

export const RADIUS = 14;
const MARGIN = 90;
const NAME_SIZE = 12;
/** Width of a letter, near enough to keep names apart without a canvas to measure on. */
const LETTER = 6.6;

const round = (number: number) => Math.round(number * 10) / 10;

/** Draws what is seen; y points down here, up in charts. */
export function draw(view: Seen): Drawing {
  const at = new Map(view.nodes.map((node) => [node.id, { x: round(node.x), y: round(-node.y) }]));
  const xs = [...at.values()].map((place) => place.x);
  const ys = [...at.values()].map((place) => place.y);
  const [left, right] = [Math.min(0, ...xs) - MARGIN, Math.max(0, ...xs) + MARGIN];
  const [top, bottom] = [Math.min(0, ...ys) - MARGIN, Math.max(0, ...ys) + MARGIN];
  const degree = new Map<string, number>();
  for (const { from, to } of view.lines) {
    for (const end of [from, to]) degree.set(end, (degree.get(end) ?? 0) + 1);
  }
  const wishes = view.nodes.map((node) => ({
    id: node.id,
    text: shorten(node.name),
    x: at.get(node.id)?.x ?? 0,
    y: (at.get(node.id)?.y ?? 0) + RADIUS * 1.2,
    weight: degree.get(node.id) ?? 0,
  }));
  const discs = [...at.values()].map(({ x, y }) => ({ left: x - RADIUS, right: x + RADIUS, top: y - RADIUS, bottom: y + RADIUS }));
  const size = (text: string) => ({ width: (text.length + 2) * LETTER, height: NAME_SIZE + 3 });
  const names = new Map(place(wishes, discs, size, () => RADIUS * 2.4).map((one) => [one.id, one]));
  const nodes = view.nodes.map((node): DrawnNode => {
    const kind = kindOf(node.label);
    const name = names.get(node.id);
    return {
      node,
      x: at.get(node.id)?.x ?? 0,
      y: at.get(node.id)?.y ?? 0,
      points: corners(kind.shape).map(([x, y]) => `${round(x * RADIUS)},${round(y * RADIUS)}`).join(' '),
      icon: kind.icon,
      letter: kind.letter[languages.current],
      name: name ? { text: name.text, x: round(name.x), y: round(name.box.bottom - 3.5) } : null,
    };
  });
  const lines = view.lines.flatMap((line): DrawnLine[] => {
    const [from, to] = [at.get(line.from), at.get(line.to)];
    if (!from || !to) return [];
    const bend = line.bend * 26;
    const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
    const middle = {
      x: round((from.x + to.x) / 2 + (-(to.y - from.y) / length) * bend),
      y: round((from.y + to.y) / 2 + ((to.x - from.x) / length) * bend),
    };
    const path = bend === 0 ? `M${from.x} ${from.y}L${to.x} ${to.y}` : `M${from.x} ${from.y}Q${middle.x} ${middle.y} ${to.x} ${to.y}`;
    return [{
      id: line.id, from: line.from, to: line.to, path,
      width: round(1.3 + Math.min(3, Math.log2(line.edges.length))),
      labels: [...new Set(line.edges.map((edge) => edge.label))],
    }];
  });
  return { left, top, width: right - left, height: bottom - top, nodes, lines };
}
