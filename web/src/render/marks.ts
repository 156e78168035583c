// What stands on and beside nodes: icon, name with its letter, lock, pin, note, and rings for what is chosen. Drawn on a flat
// canvas over the shapes, for canvas and picture alike.
import { languages } from '../messages/index.svelte';
import { labelTitle } from '../state/app.svelte';
import { kindOf } from './kinds';
import { place, shorten, type Box } from './labels';
import type { Theme } from './theme';

export interface Marked {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly name: string;
  readonly label: string;
  readonly selected: boolean;
  readonly cursor: boolean;
  readonly hovered: boolean;
  readonly pinned: boolean;
  readonly masked: boolean;
  readonly noted: boolean;
  readonly degree: number;
}

export interface Marks {
  readonly nodes: readonly Marked[];
  readonly lines: readonly { x: number; y: number; length: number; labels: readonly string[] }[];
}

/** Smaller nodes have no icon: it would be a smudge. */
const ICON_RADIUS_MIN = 6.5;
/** Smaller nodes have no name, unless they stand out. */
const NAME_RADIUS_MIN = 5;
const NAME_SIZE = 12;

const icons = new Map<string, Path2D>();

function icon(label: string): Path2D {
  let path = icons.get(label);
  if (!path) icons.set(label, (path = new Path2D(kindOf(label).icon)));
  return path;
}

const widths = new Map<string, number>();

function widthOf(context: CanvasRenderingContext2D, text: string): number {
  const known = widths.get(text);
  if (known !== undefined) return known;
  const { width } = context.measureText(text);
  if (widths.size > 20_000) widths.clear();
  widths.set(text, width);
  return width;
}

const stands = (node: Marked) => node.selected || node.cursor || node.hovered;

export function drawMarks(context: CanvasRenderingContext2D, { nodes, lines }: Marks, theme: Theme): void {
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const node of nodes) {
    drawIcon(context, node);
    drawRings(context, node, theme);
  }
  const discs = nodes.map(({ x, y, radius }) => ({ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius }));
  drawNames(context, nodes, [...discs, ...drawLines(context, lines, discs, theme)], theme);
}

function drawIcon(context: CanvasRenderingContext2D, node: Marked): void {
  if (node.radius < ICON_RADIUS_MIN) return;
  const scale = (node.radius * 1.25) / 16;
  context.save();
  context.translate(node.x - 8 * scale, node.y - 8 * scale);
  context.scale(scale, scale);
  context.strokeStyle = '#fff';
  context.lineWidth = 1.5;
  context.stroke(icon(node.label));
  context.restore();
}

function ring(context: CanvasRenderingContext2D, node: Marked, distance: number, colour: string, width: number, dash: number[] = []): void {
  context.beginPath();
  context.arc(node.x, node.y, node.radius * 1.18 + distance, 0, 2 * Math.PI);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

function drawRings(context: CanvasRenderingContext2D, node: Marked, theme: Theme): void {
  if (node.masked) ring(context, node, 2.5, theme.warn, 1.5, [3, 3]);
  if (node.selected) ring(context, node, 4, theme.accent, 3);
  else if (node.hovered) ring(context, node, 4, theme.edgeStrong, 1.5);
  if (node.cursor) ring(context, node, 8, theme.focus, 2.5, [6, 3]);
  const corner = node.radius * 0.95;
  if (node.pinned) badge(context, node.x + corner, node.y - corner, theme.ink, 'M8 9v5M5.5 2.500h5M6 2.500v3L4.5 8.500h7L10 5.500v-3');
  if (node.noted) badge(context, node.x - corner, node.y - corner, theme.accent, 'M4 5h8M4 8h8M4 11h5');
  if (node.masked) badge(context, node.x + corner, node.y + corner, theme.warn, 'M4.5 7.500h7v5h-7ZM6 7.500V5.500a2 2 0 0 1 4 0v2');
}

function badge(context: CanvasRenderingContext2D, x: number, y: number, colour: string, path: string): void {
  context.beginPath();
  context.arc(x, y, 7, 0, 2 * Math.PI);
  context.fillStyle = '#fff';
  context.fill();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.stroke();
  context.save();
  context.translate(x - 5.2, y - 5.2);
  context.scale(0.65, 0.65);
  context.lineWidth = 1.7;
  context.stroke(new Path2D(path));
  context.restore();
}

/** Labels of edges, of those that stand out only; gives the room they take. */
function drawLines(context: CanvasRenderingContext2D, lines: Marks['lines'], discs: readonly Box[], theme: Theme): Box[] {
  const boxes: Box[] = [];
  if (lines.length > 60) return boxes;
  context.font = `500 11px ${theme.font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const wishes = lines.map((line, i) => {
    const titles = [...new Set(line.labels)].map(labelTitle);
    return { id: String(i), text: shorten(titles.slice(0, 2).join(', ') + (titles.length > 2 ? ' …' : '')), x: line.x, y: line.y - 10, weight: 0 };
  });
  const size = (text: string) => ({ width: context.measureText(text).width, height: 14 });
  const long = wishes.filter((wish, i) => (lines[i]?.length ?? 0) > context.measureText(wish.text).width + 40);
  for (const { text, x, box } of place(long, discs, size, () => -14)) {
    context.fillStyle = theme.paper;
    context.globalAlpha = 0.9;
    context.fillRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    context.globalAlpha = 1;
    context.fillStyle = theme.edgeStrong;
    context.fillText(text, x, (box.top + box.bottom) / 2);
    boxes.push(box);
  }
  return boxes;
}

function drawNames(context: CanvasRenderingContext2D, nodes: readonly Marked[], taken: readonly Box[], theme: Theme): void {
  context.font = `500 ${NAME_SIZE}px ${theme.font}`;
  context.textBaseline = 'alphabetic';
  context.textAlign = 'left';
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const wishes = nodes
    .filter((node) => node.radius >= NAME_RADIUS_MIN || stands(node))
    .map((node) => ({
      id: node.id,
      text: `${kindOf(node.label).letter[languages.current]} ${stands(node) ? node.name : shorten(node.name)}`,
      x: node.x,
      y: node.y + node.radius * 1.25 + (node.cursor ? 9 : node.selected || node.hovered ? 4 : 0),
      weight: (stands(node) ? 1e6 : 0) + (node.pinned ? 1e3 : 0) + node.degree,
    }));
  const size = (text: string) => ({ width: widthOf(context, text), height: NAME_SIZE + 3 });
  const lift = ({ id }: { id: string }) => (byId.get(id)?.radius ?? 0) * 2.5;
  for (const { id, text, x, box } of place(wishes, taken, size, lift)) {
    const node = byId.get(id);
    if (!node) continue;
    const left = x - widthOf(context, text) / 2;
    const base = box.bottom - 3.5;
    context.lineWidth = 3.5;
    context.strokeStyle = theme.paper;
    context.strokeText(text, left, base);
    context.fillStyle = theme.kind(node.label);
    const letter = text.slice(0, 2);
    context.fillText(letter, left, base);
    context.fillStyle = theme.ink;
    context.fillText(text.slice(2), left + widthOf(context, letter), base);
  }
}
