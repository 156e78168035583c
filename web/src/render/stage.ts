// The canvas: the only file that touches Sigma.
//
// INVARIANT (one context): a stage holds one WebGL context (`one-context.ts`) and gives it back in `kill()`. Sigma itself does
// neither, and browsers allow few.
import Graph from 'graphology';
import type { MouseCoords } from 'sigma/types';
import { neighbours, type ChartNode, type Line, type Place, type Seen } from '../graph/chart';
import { kindOf } from './kinds';
import { drawMarks, type Marked } from './marks';
import { CurveProgram, LineProgram, OneContext } from './one-context';
import { ShapeProgram } from './shapes';
import { readTheme } from './theme';

/** What the reader does on the canvas, in the words of the chart. */
export interface StageEvents {
  onNode(id: string, more: boolean): void;
  onOpen(id: string): void;
  onMenu(id: string, at: { x: number; y: number }): void;
  onEmpty(): void;
  onMoved(places: ReadonlyMap<string, Place>): void;
  onBox(ids: readonly string[]): void;
}

/** What stands out. */
export interface Highlight {
  readonly selected: ReadonlySet<string>;
  readonly cursor: string | null;
}

/** Whether two lines look the same. */
function isSame(one: Line, other: Line): boolean {
  return one.from === other.from && one.to === other.to && one.bend === other.bend && one.edges.length === other.edges.length
    && one.edges.every((edge, at) => edge.label === other.edges[at]?.label);
}

// Positions are kept as they are: if the box followed the nodes, a node more would move all others on the screen.
const BOX = 600;

export class Stage {
  readonly #sigma: OneContext;
  readonly #graph = new Graph({ type: 'undirected', multi: true });
  readonly #events: StageEvents;
  #highlight: Highlight = { selected: new Set(), cursor: null };
  #hovered: string | null = null;
  #shown = new Map<string, { readonly node: ChartNode; readonly degree: number }>();
  #lines = new Map<string, Line>();
  #beside: ReadonlyMap<string, readonly string[]> = new Map();
  #dragged: { id: string; moved: boolean; from: Place } | null = null;
  #isBoxing = false;
  #boxStart: MouseCoords | null = null;
  #boxEnd: MouseCoords | null = null;
  #theme = readTheme();
  readonly #reduced = matchMedia('(prefers-reduced-motion: reduce)').matches;

  constructor(container: HTMLElement, events: StageEvents) {
    this.#events = events;
    this.#sigma = new OneContext(this.#graph, container, {
      allowInvalidContainer: true,
      renderLabels: false,
      defaultNodeType: 'shape',
      defaultEdgeType: 'line',
      nodeProgramClasses: { shape: ShapeProgram },
      edgeProgramClasses: { line: LineProgram, curve: CurveProgram },
      stagePadding: 40,
      minEdgeThickness: 2,
      zoomingRatio: 1.4,
      minCameraRatio: 0.05,
      maxCameraRatio: 30,
      doubleClickZoomingRatio: 1,
      zIndex: true,
      nodeReducer: (id, data) => this.#node(id, data),
      edgeReducer: (id, data) => this.#edge(id, data),
    });
    this.#sigma.setCustomBBox({ x: [-BOX, BOX], y: [-BOX, BOX] });
    this.#sigma.createCanvasContext('marks');
    // Below the layer that catches the mouse.
    const { marks, mouse } = this.#sigma.getCanvases();
    if (marks) mouse?.before(marks);
    this.#sigma.resize(true);
    this.#sigma.on('afterRender', () => this.#marks());
    this.#listen();
  }

  /** Brings the canvas to what is to be seen, node by node: what stays is not made anew. */
  show(view: Seen): void {
    const graph = this.#graph;
    const wanted = new Set(view.nodes.map((node) => node.id));
    const lines = new Set(view.lines.map((line) => line.id));
    this.#beside = neighbours(view);
    for (const edge of graph.edges()) if (!lines.has(edge)) graph.dropEdge(edge);
    for (const node of graph.nodes()) if (!wanted.has(node)) graph.dropNode(node);
    const before = this.#shown;
    this.#shown = new Map();
    for (const node of view.nodes) {
      const degree = this.#beside.get(node.id)?.length ?? 0;
      this.#shown.set(node.id, { node, degree });
      const known = before.get(node.id);
      // Nodes are values: the same one looks the same.
      if (known?.node === node && known.degree === degree) continue;
      graph.mergeNode(node.id, {
        x: node.x, y: node.y, label: node.name, kind: node.label, shape: kindOf(node.label).shape,
        color: this.#theme.kind(node.label), size: 11 + Math.min(7, Math.sqrt(degree) * 1.3),
        pinned: node.pinned, masked: node.disclosure === 'masked', noted: node.note !== '',
      });
    }
    const drawn = this.#lines;
    this.#lines = new Map(view.lines.map((line) => [line.id, line]));
    for (const line of view.lines) {
      const known = drawn.get(line.id);
      if (known && isSame(known, line) && graph.hasEdge(line.id)) continue;
      const attributes = {
        type: line.bend === 0 ? 'line' : 'curve', curvature: line.bend * 0.18, label: '',
        labels: line.edges.map((edge) => edge.label), count: line.edges.length, color: this.#theme.edge,
        size: 1.4 + Math.min(3, Math.log2(line.edges.length)),
      };
      if (graph.hasEdge(line.id)) graph.replaceEdgeAttributes(line.id, attributes);
      else graph.addUndirectedEdgeWithKey(line.id, line.from, line.to, attributes);
    }
    this.#sigma.scheduleRefresh();
  }

  highlight(highlight: Highlight): void {
    this.#highlight = highlight;
    this.#sigma.scheduleRefresh({ layoutUnchange: true });
  }

  /** While on, dragging draws a box that selects, and does not move the picture. */
  setBoxing(on: boolean): void {
    this.#isBoxing = on;
    this.#boxStart = null;
    this.#sigma.setSetting('enableCameraPanning', !on);
  }

  /** Brings nodes into sight; without any, all of them. */
  fit(ids?: Iterable<string>): void {
    const places = [...(ids ?? this.#graph.nodes())]
      .filter((id) => this.#graph.hasNode(id))
      .map((id) => ({ x: this.#graph.getNodeAttribute(id, 'x') as number, y: this.#graph.getNodeAttribute(id, 'y') as number }));
    if (!places.length) return;
    const xs = places.map((place) => place.x);
    const ys = places.map((place) => place.y);
    const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const camera = this.#sigma.getCamera();
    const { width, height } = this.#sigma.getDimensions();
    if (width < 20 || height < 20) return;
    const origin = this.#sigma.graphToViewport({ x: 0, y: 0 });
    const unit = this.#sigma.graphToViewport({ x: 1, y: 0 });
    const scale = Math.hypot(unit.x - origin.x, unit.y - origin.y) * camera.ratio;
    const room = { width: Math.max(60, width - 170), height: Math.max(60, height - 130) };
    const ratio = Math.max(((right - left) * scale) / room.width, ((high - low) * scale) / room.height, 0.42);
    const middle = this.#sigma.viewportToFramedGraph(
      this.#sigma.graphToViewport({ x: (left + right) / 2, y: (low + high) / 2 }),
    );
    this.#go({ x: middle.x, y: middle.y, ratio });
  }

  zoom(factor: number): void {
    const camera = this.#sigma.getCamera();
    this.#go({ ratio: camera.ratio / factor });
  }

  pan(x: number, y: number): void {
    const camera = this.#sigma.getCamera();
    const { width, height } = this.#sigma.getDimensions();
    const step = 0.15 * camera.ratio;
    this.#go({ x: camera.x + x * step * (width / Math.max(width, height)), y: camera.y + y * step });
  }

  /** Brings a node into sight if it is out of it. */
  reveal(id: string): void {
    const at = this.positionOf(id);
    const { width, height } = this.#sigma.getDimensions();
    if (!at || (at.x > 40 && at.y > 40 && at.x < width - 40 && at.y < height - 60)) return;
    const framed = this.#sigma.viewportToFramedGraph(at);
    this.#go({ x: framed.x, y: framed.y });
  }

  /** Where a node stands on the screen, from the corner of the canvas. */
  positionOf(id: string): Place | null {
    if (!this.#graph.hasNode(id)) return null;
    const { x, y } = this.#graph.getNodeAttributes(id) as Place;
    return this.#sigma.graphToViewport({ x, y });
  }

  kill(): void {
    const canvases = Object.values(this.#sigma.getCanvases());
    this.#sigma.kill();
    for (const canvas of canvases) {
      const context = canvas.getContext('webgl2') ?? canvas.getContext('webgl');
      context?.getExtension('WEBGL_lose_context')?.loseContext();
    }
    this.#graph.clear();
  }

  #go(state: { x?: number; y?: number; ratio?: number }): void {
    const camera = this.#sigma.getCamera();
    if (this.#reduced) camera.setState(state);
    else void camera.animate(state, { duration: 220 });
  }

  #stands(id: string): boolean {
    return this.#highlight.selected.has(id) || id === this.#highlight.cursor || id === this.#hovered;
  }

  #node(id: string, data: Record<string, unknown>): Record<string, unknown> {
    return this.#stands(id) ? { ...data, zIndex: 2 } : data;
  }

  #edge(id: string, data: Record<string, unknown>): Record<string, unknown> {
    const [from, to] = this.#graph.extremities(id);
    if (!this.#stands(from) && !this.#stands(to)) return data;
    // Edges are painted under what is there: the first is on top.
    return { ...data, color: this.#theme.edgeStrong, size: (data.size as number) + 0.6, zIndex: -1 };
  }

  #marks(): void {
    const canvas = this.#sigma.getCanvases().marks;
    const context = canvas?.getContext('2d');
    if (!canvas || !context) return;
    const { width, height } = this.#sigma.getDimensions();
    const density = canvas.width / Math.max(1, width);
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, height);
    const nodes: Marked[] = [];
    this.#graph.forEachNode((id, data) => {
      const { x, y } = this.#sigma.graphToViewport({ x: data.x as number, y: data.y as number });
      const radius = this.#sigma.scaleSize(data.size as number);
      if (x < -80 || y < -80 || x > width + 80 || y > height + 80) return;
      nodes.push({
        id, x, y, radius, name: String(data.label), label: String(data.kind),
        selected: this.#highlight.selected.has(id), cursor: id === this.#highlight.cursor, hovered: id === this.#hovered,
        pinned: Boolean(data.pinned), masked: Boolean(data.masked), noted: Boolean(data.noted),
        degree: this.#beside.get(id)?.length ?? 0,
      });
    });
    const at = new Map(nodes.map((node) => [node.id, node]));
    const lines: { x: number; y: number; length: number; labels: string[] }[] = [];
    this.#graph.forEachEdge((_id, data, from, to) => {
      const [one, other] = [at.get(from), at.get(to)];
      if (!one || !other || (!this.#stands(from) && !this.#stands(to))) return;
      lines.push({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, length: Math.hypot(one.x - other.x, one.y - other.y), labels: data.labels as string[] });
    });
    drawMarks(context, { nodes, lines }, this.#theme);
    if (this.#boxStart && this.#boxEnd) {
      context.strokeStyle = this.#theme.accent;
      context.lineWidth = 1.5;
      context.setLineDash([5, 4]);
      context.strokeRect(this.#boxStart.x, this.#boxStart.y, this.#boxEnd.x - this.#boxStart.x, this.#boxEnd.y - this.#boxStart.y);
      context.setLineDash([]);
    }
  }

  #listen(): void {
    const sigma = this.#sigma;
    const captor = sigma.getMouseCaptor();
    const isMore = (event: MouseCoords) => {
      const { original } = event;
      return 'shiftKey' in original && (original.shiftKey || original.ctrlKey || original.metaKey);
    };
    sigma.on('enterNode', ({ node }) => this.#hover(node));
    sigma.on('leaveNode', () => this.#hover(null));
    // Two clicks soon after each other are a double click to Sigma wherever they fall: here only on one and the same node.
    let last: string | null = null;
    const clickNode = (node: string, event: MouseCoords) => {
      last = node;
      this.#events.onNode(node, isMore(event));
    };
    const clickStage = () => {
      last = null;
      if (!this.#isBoxing) this.#events.onEmpty();
    };
    sigma.on('clickNode', ({ node, event }) => clickNode(node, event));
    sigma.on('clickStage', clickStage);
    sigma.on('doubleClickNode', ({ node, event }) => {
      event.preventSigmaDefault();
      if (last === node) this.#events.onOpen(node);
      else clickNode(node, event);
    });
    sigma.on('doubleClickStage', ({ event }) => {
      if (last === null) return;
      event.preventSigmaDefault();
      clickStage();
    });
    sigma.on('rightClickNode', ({ node, event }) => {
      event.original.preventDefault();
      this.#events.onMenu(node, { x: event.x, y: event.y });
    });
    sigma.on('downNode', ({ node, event }) => {
      if (this.#isBoxing || ('button' in event.original && event.original.button !== 0)) return;
      this.#dragged = { id: node, moved: false, from: { x: event.x, y: event.y } };
    });
    captor.on('mousedown', (event) => {
      if (this.#isBoxing) this.#boxStart = this.#boxEnd = event;
    });
    captor.on('mousemovebody', (event) => this.#moved(event));
    captor.on('mouseup', () => this.#released());
  }

  #hover(id: string | null): void {
    this.#hovered = id;
    this.#sigma.getContainer().classList.toggle('on-node', id !== null);
    this.#sigma.scheduleRefresh({ layoutUnchange: true });
  }

  #moved(event: MouseCoords): void {
    if (this.#boxStart) {
      this.#boxEnd = event;
      event.preventSigmaDefault();
      this.#sigma.scheduleRender();
    }
    const dragged = this.#dragged;
    if (!dragged) return;
    if (!dragged.moved && Math.hypot(event.x - dragged.from.x, event.y - dragged.from.y) < 4) return;
    dragged.moved = true;
    const { x, y } = this.#sigma.viewportToGraph(event);
    this.#graph.mergeNodeAttributes(dragged.id, { x, y });
    event.preventSigmaDefault();
  }

  #released(): void {
    const dragged = this.#dragged;
    this.#dragged = null;
    if (dragged?.moved) {
      const { x, y } = this.#graph.getNodeAttributes(dragged.id) as Place;
      this.#events.onMoved(new Map([[dragged.id, { x, y }]]));
    }
    const [start, end] = [this.#boxStart, this.#boxEnd];
    this.#boxStart = this.#boxEnd = null;
    if (start && end && start !== end) {
      const [left, right] = [Math.min(start.x, end.x), Math.max(start.x, end.x)];
      const [top, bottom] = [Math.min(start.y, end.y), Math.max(start.y, end.y)];
      const inside = this.#graph.nodes().filter((id) => {
        const at = this.positionOf(id);
        return at && at.x >= left && at.x <= right && at.y >= top && at.y <= bottom;
      });
      this.#events.onBox(inside);
      this.#sigma.scheduleRender();
    }
  }
}
