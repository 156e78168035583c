// The picture as PNG, painted from the same drawing as the SVG: an SVG put into an image would need an address that the
// content security policy refuses.
import type { Seen } from '../graph/chart';
import { draw, RADIUS } from '../render/drawing';
import type { Theme } from '../render/theme';
import { authorityLines, type Authority } from './authority';

/** Longest side, in dots: what browsers can surely make. */
const SIDE_MAX = 8_000;
const LINE = 18;

export function png(view: Seen, authority: Authority, theme: Theme): Promise<Blob | null> {
  const drawing = draw(view);
  const facts = authorityLines(authority);
  const width = Math.max(drawing.width, 560);
  const height = drawing.height + LINE * (facts.length + 1);
  const density = Math.min(2, SIDE_MAX / width, SIDE_MAX / height);
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(width * density);
  canvas.height = Math.ceil(height * density);
  const context = canvas.getContext('2d');
  if (!context) return Promise.resolve(null);
  context.scale(density, density);
  context.fillStyle = theme.paper;
  context.fillRect(0, 0, width, height);
  context.translate(-drawing.left, -drawing.top);
  context.lineJoin = context.lineCap = 'round';
  context.strokeStyle = theme.edge;
  for (const line of drawing.lines) {
    context.lineWidth = line.width;
    context.stroke(new Path2D(line.path));
  }
  context.font = `12px ${theme.font}`;
  for (const { node, x, y, points, icon, letter, name } of drawing.nodes) {
    context.save();
    context.translate(x, y);
    context.fillStyle = theme.kind(node.label);
    const shape = new Path2D(points ? `M${points.replaceAll(' ', 'L')}Z` : undefined);
    if (!points) shape.arc(0, 0, RADIUS, 0, 2 * Math.PI);
    context.fill(shape);
    if (node.disclosure === 'masked') {
      context.strokeStyle = theme.warn;
      context.setLineDash([3, 3]);
      context.beginPath();
      context.arc(0, 0, RADIUS * 1.4, 0, 2 * Math.PI);
      context.stroke();
      context.setLineDash([]);
    }
    const scale = (RADIUS * 1.25) / 16;
    context.scale(scale, scale);
    context.translate(-8, -8);
    context.strokeStyle = '#fff';
    context.lineWidth = 1.5;
    context.stroke(new Path2D(icon));
    context.restore();
    if (!name) continue;
    const text = `${letter} ${name.text}`;
    context.textAlign = 'center';
    context.lineWidth = 3;
    context.strokeStyle = theme.paper;
    context.strokeText(text, name.x, name.y);
    context.fillStyle = theme.ink;
    context.fillText(text, name.x, name.y);
  }
  context.textAlign = 'left';
  context.fillStyle = theme.soft;
  facts.forEach(([name, value], i) => {
    context.fillText(`${name}: ${value}`, drawing.left + 16, drawing.top + drawing.height + LINE * (i + 0.5));
  });
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}
