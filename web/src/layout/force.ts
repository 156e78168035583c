// The force layout, by ForceAtlas2, for a worker: it takes what can be cloned and gives places.
import iterate from 'graphology-layout-forceatlas2/iterate';
import type { Place } from '../graph/chart';
import type { ForceTask } from './force-task';
import { STEP, type Places } from './index';

/** Iterations by the size of the graph: small ones settle in no time, large ones may take some seconds. */
const iterations = (nodes: number) => (nodes > 1_000 ? 120 : nodes > 300 ? 250 : 500);

// Places of a node's values in its row, and of an edge's, as the algorithm has them.
const NODE_VALUES = 10;
const [X, Y, MASS, CONVERGENCE, SIZE, FIXED] = [0, 1, 6, 7, 8, 9] as const;

/** The algorithm's own step, on plain numbers: a graph library in the worker would be loaded for nothing else. */
export function force({ nodes, lines }: ForceTask): Places {
  const matrix = new Float32Array(nodes.length * NODE_VALUES);
  const rows = new Map<string, number>();
  nodes.forEach(({ id, x, y, pinned }, place) => {
    const row = place * NODE_VALUES;
    rows.set(id, row);
    // Nodes at one place would never part; the offset is the same each time.
    matrix[row + X] = x / 10 + Math.cos(place) * 0.1;
    matrix[row + Y] = y / 10 + Math.sin(place) * 0.1;
    matrix[row + MASS] = 1;
    matrix[row + CONVERGENCE] = 1;
    matrix[row + SIZE] = 3;
    matrix[row + FIXED] = pinned ? 1 : 0;
  });
  const edges = lines.flatMap(({ from, to, weight }) => {
    const [one, other] = [rows.get(from), rows.get(to)];
    if (one === undefined || other === undefined || one === other) return [];
    matrix[one + MASS] = (matrix[one + MASS] ?? 0) + weight;
    matrix[other + MASS] = (matrix[other + MASS] ?? 0) + weight;
    return [one, other, weight];
  });
  const settings = {
    linLogMode: nodes.length > 60, outboundAttractionDistribution: false, adjustSizes: false, edgeWeightInfluence: 0.5,
    scalingRatio: 12, strongGravityMode: false, gravity: 0.6, slowDown: 1 + Math.log(Math.max(1, nodes.length)),
    barnesHutOptimize: nodes.length > 400, barnesHutTheta: 0.5,
  };
  const edgeMatrix = Float32Array.from(edges);
  for (let round = 0; round < iterations(nodes.length); round += 1) iterate(settings, matrix, edgeMatrix);
  const found: Record<string, Place> = {};
  for (const [id, row] of rows) found[id] = { x: matrix[row + X] ?? 0, y: matrix[row + Y] ?? 0 };
  return spread(nodes, scale(nodes, lines, found));
}

/** Brings edges to the length of a step. With pinned nodes the scale is theirs: they may not move. */
function scale(nodes: ForceTask['nodes'], lines: ForceTask['lines'], found: Record<string, Place>): Places {
  const lengths = lines.flatMap(({ from, to }) => {
    const [a, b] = [found[from], found[to]];
    return a && b && from !== to ? [Math.hypot(a.x - b.x, a.y - b.y)] : [];
  });
  lengths.sort((one, other) => one - other);
  const median = lengths[Math.floor(lengths.length / 2)] ?? 10;
  const factor = nodes.some((node) => node.pinned) ? 10 : (STEP * 1.25) / Math.max(median, 0.001);
  return new Map(Object.entries(found).map(([id, { x, y }]) => [id, { x: x * factor, y: y * factor }]));
}

const ROUNDS = 200;

/** Pushes apart nodes that lie on each other, so that each can be read. */
export function spread(nodes: ForceTask['nodes'], places: Places): Places {
  const pinned = new Set(nodes.filter((node) => node.pinned).map((node) => node.id));
  const points = [...places].map(([id, { x, y }]) => ({ id, x, y }));
  const near = STEP * 0.72;
  for (let round = 0; round < ROUNDS; round += 1) {
    const grid = new Map<string, typeof points>();
    for (const point of points) {
      const key = `${Math.floor(point.x / near)} ${Math.floor(point.y / near)}`;
      const cell = grid.get(key);
      if (cell) cell.push(point);
      else grid.set(key, [point]);
    }
    let moved = false;
    for (const point of points) {
      for (let column = -1; column <= 1; column += 1) {
        for (let row = -1; row <= 1; row += 1) {
          const key = `${Math.floor(point.x / near) + column} ${Math.floor(point.y / near) + row}`;
          for (const other of grid.get(key) ?? []) {
            if (other.id <= point.id) continue;
            const x = other.x - point.x;
            const y = other.y - point.y;
            const distance = Math.hypot(x, y);
            if (distance >= near) continue;
            moved = true;
            const [dx, dy] = distance < 0.01 ? [1, 0] : [x / distance, y / distance];
            const push = (near - distance) / 2;
            if (!pinned.has(point.id)) [point.x, point.y] = [point.x - dx * push, point.y - dy * push];
            if (!pinned.has(other.id)) [other.x, other.y] = [other.x + dx * push, other.y + dy * push];
          }
        }
      }
    }
    if (!moved) break;
  }
  return new Map(points.map(({ id, x, y }) => [id, { x, y }]));
}
