// The chart on the table: its history, what is chosen, and the questions that it asks.
import type { Api, ExpandRequest, Occasion, PathRequest, Paths, Preview } from '../api/client';
import { places as placesOf, type ChartDocument, write } from '../export/document';
import * as charts from '../graph/chart';
import { CHART_NODES_MAX, EMPTY, seen, type Chart, type ChartNode, type Found, type Place } from '../graph/chart';
import { fold } from '../graph/groups';
import { forgetOrder } from '../graph/order';
import * as histories from '../graph/history';
import { alongside, around, byTime, layers, radial, type LayoutName } from '../layout';
import { runForce } from '../layout/run';
import { t, tn } from '../messages/index.svelte';
import { desk, say, step, told } from './app.svelte';
import { pending } from './pending';

/** From this many neighbours on the reader chooses first. */
export const GUARD_FROM = 150;

export type Dialog =
  | { readonly kind: 'expand'; readonly ids: readonly string[] }
  | { readonly kind: 'table'; readonly id: string }
  | { readonly kind: 'paths'; readonly from: string; readonly to: string }
  | { readonly kind: 'note'; readonly id: string }
  | { readonly kind: 'open'; readonly document: ChartDocument }
  | { readonly kind: 'compare'; readonly compared: Compared }
  | { readonly kind: 'fold' }
  | { readonly kind: 'save' }
  | { readonly kind: 'help' }
  | { readonly kind: 'export' };

/** What an expansion is to bring. */
export interface Wish {
  readonly ids: readonly string[];
  /** Labels of neighbours; empty: all. */
  readonly nodeLabels: readonly string[];
  readonly keep: 'first' | 'newest' | 'most-connected';
  readonly max: number;
}

/** How a chart and a document beside it differ, by identifiers. */
export interface Compared {
  readonly onlyHere: readonly string[];
  readonly onlyThere: readonly string[];
  readonly both: readonly string[];
  /** Nodes of the document that this reader does not see now. */
  readonly unseen: number;
}

export class ChartDesk {
  #history = $state.raw(histories.begin<Chart>(EMPTY));
  selected = $state.raw<ReadonlySet<string>>(new Set());
  /** The node that the keyboard is on. */
  cursor = $state<string | null>(null);
  dialog = $state.raw<Dialog | null>(null);
  boxing = $state(false);
  /** Of the last answer that was evaluated: exports name it. */
  viewDigest = $state('');
  /** Moves when the picture should be brought into sight: all of it, or some nodes. */
  sight = $state.raw<{ readonly ids: readonly string[] | null }>({ ids: null });
  /** What was cut off, and why. */
  cut = $state<string | null>(null);

  readonly chart = $derived(this.#history.present);
  readonly seen = $derived(seen(this.chart));
  /** The same with every group taken apart, for pictures that have none. */
  readonly apart = $derived(this.chart.groups.length ? seen({ ...this.chart, groups: [] }) : this.seen);
  readonly neighbours = $derived(charts.neighbours(this.seen));
  /** What is drawn for each member of a group. */
  readonly #drawn = $derived(new Map(this.seen.nodes.flatMap((node) => (node.members ?? []).map((id): [string, string] => [id, node.id]))));
  readonly #shown = $derived(new Map(this.seen.nodes.map((node) => [node.id, node])));
  /** What is chosen, as it is drawn: of a member its group. */
  readonly marked = $derived<ReadonlySet<string>>(new Set([...this.selected].map((id) => this.drawn(id))));
  readonly canUndo = $derived(this.#history.past.length > 0);
  readonly canRedo = $derived(this.#history.future.length > 0);
  /** What actions are done to: what is chosen, or else the node that the keyboard is on. */
  readonly subjects = $derived<readonly string[]>([
    ...new Set((this.selected.size ? [...this.selected] : this.cursor ? [this.cursor] : []).flatMap((id) => this.#shown.get(id)?.members ?? [id])),
  ]);
  /** Groups among what is chosen, or that hold something of it. */
  readonly chosenGroups = $derived(new Set(this.subjects.map((id) => this.drawn(id)).filter((id) => this.#shown.get(id)?.members)));

  constructor() {
    desk.onTurn((sameReader) => this.#turned(sameReader));
  }

  /** The node that is drawn for one: itself, or the group that it is in. */
  drawn(id: string): string {
    return this.#drawn.get(id) ?? id;
  }

  /** A node as it is drawn, groups among them; else one that is not to be seen now. */
  nodeOf(id: string): ChartNode | undefined {
    return this.#shown.get(id) ?? this.chart.nodes.get(id);
  }

  /** One step that can be undone. */
  commit(chart: Chart): void {
    this.#history = histories.push(this.#history, chart);
    this.#keepChoice();
  }

  undo(): void {
    this.#history = histories.undo(this.#history);
    this.#keepChoice();
  }

  redo(): void {
    this.#history = histories.redo(this.#history);
    this.#keepChoice();
  }

  select(ids: Iterable<string>): void {
    this.selected = new Set(ids);
  }

  toggle(id: string): void {
    const ids = new Set(this.selected);
    if (!ids.delete(id)) ids.add(id);
    this.selected = ids;
    this.cursor = id;
  }

  choose(id: string, more = false): void {
    if (more) this.toggle(id);
    else {
      this.selected = new Set([id]);
      this.cursor = id;
    }
  }

  lookAt(ids: readonly string[] | null): void {
    this.sight = { ids };
  }

  /** Puts one node on the table, with the edges to what lies there. */
  async bring(ids: readonly string[]): Promise<void> {
    await this.#find(null, (api, occasion) => api.expand(occasion, this.#request({ start: [...ids], hops: 0, limit: CHART_NODES_MAX })), ids);
    if (ids.length === 1 && ids[0]) this.cursor = ids[0];
  }

  /** How many neighbours of each label nodes have. Several nodes are asked for one by one: at most twelve. */
  async preview(ids: readonly string[], land: (previews: Preview[]) => void): Promise<void> {
    await step(() =>
      desk.ask((api, occasion) => Promise.all(ids.slice(0, PREVIEWS_MAX).map((id) => api.preview(occasion, id))), land),
    );
  }

  async expand(wish: Wish): Promise<void> {
    const request = this.#request({
      start: [...wish.ids], hops: 1, nodeLabels: [...wish.nodeLabels], keep: wish.keep,
      limit: Math.min(wish.max + wish.ids.length, CHART_NODES_MAX),
    });
    await this.#find(wish.ids[0] ?? null, (api, occasion) => api.expand(occasion, request));
  }

  async paths(request: PathRequest, land: (paths: Paths) => void): Promise<void> {
    await step(() => desk.ask((api, occasion) => api.paths(occasion, request), land));
  }

  /** Lays paths on the table, with all edges among what lies there. */
  async layOut(ids: readonly string[]): Promise<void> {
    await this.#find(ids[0] ?? null, (api, occasion) => api.expand(occasion, this.#request({ start: [...ids], hops: 0, limit: CHART_NODES_MAX })), ids);
  }

  async network(ids: readonly string[]): Promise<void> {
    await step(() =>
      desk.ask(
        (api, occasion) => api.network(occasion, { nodes: [...ids], edgeLabels: [], nodeLabels: [] }),
        (network) => {
          const found = network.nodes.map((node) => node.id);
          if (network.unreached.length) this.cut = t('graph.unreached', { n: network.unreached.length });
          void this.layOut(found);
        },
      ),
    );
  }

  /** Arranges what is seen; pinned nodes stay. */
  async arrange(name: LayoutName): Promise<void> {
    const { chart, seen: view } = this;
    const centre = chart.centre && this.drawn(chart.centre);
    await step(async () => {
      const places =
        name === 'force' ? await runForce(view)
        : name === 'layers' ? layers(view, centre)
        : name === 'radial' ? radial(view, centre)
        : byTime(view);
      // Something else was done meanwhile: then these places are of a chart that is gone.
      if (!places || this.chart !== chart) return;
      this.commit(charts.arrange(chart, places));
      this.lookAt(null);
      say(t('graph.arranged'));
    });
  }

  /** Opens a document: everything in it is asked for again, as this reader may see it. */
  async open(document: ChartDocument): Promise<void> {
    await step(() => this.#evaluate(document, (chart, missing) => {
      this.commit(chart);
      this.lookAt(null);
      if (missing) this.cut = t('graph.missing', { n: missing, all: document.nodes.length });
    }));
  }

  /** Lays a document beside what lies there, and tells how both differ. Everything in it is asked for again. */
  async join(document: ChartDocument): Promise<void> {
    const ids = document.nodes.map((node) => node.id);
    if (!ids.length) return;
    await step(() =>
      desk.ask((api, occasion) => api.expand(occasion, this.#request({ start: ids, hops: 0, limit: CHART_NODES_MAX })), (found) => {
        const here = this.chart.nodes;
        const there = new Set(found.nodes.map((node) => node.id).filter((id) => ids.includes(id)));
        const onlyThere = [...there].filter((id) => !here.has(id));
        if (here.size + onlyThere.length > CHART_NODES_MAX) {
          told.problem = t('graph.full', { max: CHART_NODES_MAX });
          return;
        }
        const compared: Compared = {
          onlyHere: [...here.keys()].filter((id) => !there.has(id)),
          onlyThere,
          both: [...there].filter((id) => here.has(id)),
          unseen: ids.length - there.size,
        };
        this.viewDigest = found.viewDigest;
        this.commit(charts.add(this.chart, found, alongside(this.chart, placesOf(document))));
        this.lookAt(null);
        this.dialog = { kind: 'compare', compared };
      }),
    );
  }

  #request(part: Partial<ExpandRequest> & { start: string[] }): ExpandRequest {
    const among = [...this.chart.nodes.keys()].filter((id) => !part.start.includes(id));
    return { edgeLabels: [], nodeLabels: [], among, keep: 'first', ...part };
  }

  async #find(
    parent: string | null,
    question: (api: Api, occasion: Occasion) => Promise<Found & { viewDigest: string; truncated?: { limit: string; max: number } | null }>,
    choose?: readonly string[],
  ): Promise<void> {
    await step(() =>
      desk.ask(question, (found) => {
        const fresh = found.nodes.filter((node) => !this.chart.nodes.has(node.id)).map((node) => node.id);
        if (this.chart.nodes.size + fresh.length > CHART_NODES_MAX) {
          told.problem = t('graph.full', { max: CHART_NODES_MAX });
          return;
        }
        this.viewDigest = found.viewDigest;
        this.cut = found.truncated ? t('graph.cut', { max: found.truncated.max - (choose ? 0 : 1) }) : null;
        const isFirst = this.chart.nodes.size === 0;
        const anchor = parent && this.chart.nodes.has(parent) ? parent : null;
        this.commit(charts.add(this.chart, found, around(this.chart, anchor, fresh)));
        if (choose) this.select(choose.filter((id) => this.chart.nodes.has(id)));
        this.lookAt(isFirst || !fresh.length ? null : [...fresh, ...(anchor ? [anchor] : [])]);
        say(tn('graph.added', fresh.length));
      }),
    );
  }

  async #evaluate(document: ChartDocument, land: (chart: Chart, missing: number) => void): Promise<void> {
    const ids = document.nodes.map((node) => node.id);
    if (!ids.length) return;
    const request: ExpandRequest = { start: ids, hops: 0, limit: CHART_NODES_MAX, edgeLabels: [], nodeLabels: [], among: [], keep: 'first' };
    await desk.ask(
      (api, occasion) => api.expand(occasion, request),
      (found) => {
        this.viewDigest = found.viewDigest;
        let chart = charts.add({ ...EMPTY, centre: document.centre }, found, placesOf(document));
        const with_ = (flag: 'pinned' | 'hidden') => new Set(document.nodes.filter((node) => node[flag]).map((node) => node.id));
        chart = charts.setGrouped(charts.hide(charts.pin(chart, with_('pinned'), true), with_('hidden')), document.grouped);
        chart = fold(chart, document.groups ?? []);
        if (!chart.centre || !chart.nodes.has(chart.centre)) chart = { ...chart, centre: found.nodes[0]?.id ?? null };
        land(chart, ids.length - found.nodes.length);
      },
    );
  }

  /** Another purpose or day: places stay, and what stands at them is asked for again. Another reader: nothing stays. */
  #turned(sameReader: boolean): void {
    const document = write(this.chart);
    const legend = { hiddenLabels: this.chart.hiddenLabels, hiddenEdgeLabels: this.chart.hiddenEdgeLabels };
    const notes = [...this.chart.nodes.values()].filter((node) => node.note);
    this.#history = histories.begin(EMPTY);
    this.selected = new Set();
    this.cursor = null;
    this.dialog = null;
    this.cut = null;
    this.viewDigest = '';
    forgetOrder();
    if (!sameReader || !desk.purpose || !document.nodes.length || pending.documents.length) return;
    void step(() =>
      this.#evaluate(document, (chart, missing) => {
        let kept: Chart = { ...chart, ...legend };
        for (const { id, note } of notes) kept = charts.note(kept, id, note);
        this.#history = histories.begin(kept);
        if (missing) this.cut = t('graph.missing', { n: missing, all: document.nodes.length });
      }),
    );
  }

  #keepChoice(): void {
    const stays = (id: string) => this.nodeOf(id) !== undefined;
    if (![...this.selected].every(stays)) this.select([...this.selected].filter(stays));
    if (this.cursor && !stays(this.cursor)) this.cursor = null;
  }

  /** Moves nodes to where they were dragged. */
  moved(places: ReadonlyMap<string, Place>): void {
    this.commit(charts.move(this.chart, places));
  }
}

const PREVIEWS_MAX = 12;

export const table = new ChartDesk();

/** What a chart comes to, to compare two: the same by whatever way it was made. */
export function outline(of: ChartDesk) {
  const { chart, selected, dialog } = of;
  return {
    nodes: [...chart.nodes.values()].map(({ id, x, y, pinned, note }) => ({ id, x: Math.round(x), y: Math.round(y), pinned, note })),
    edges: [...chart.edges.keys()].sort(),
    hidden: [...chart.hidden].sort(),
    hiddenLabels: [...chart.hiddenLabels].sort(),
    hiddenEdgeLabels: [...chart.hiddenEdgeLabels].sort(),
    grouped: chart.grouped,
    groups: chart.groups.map(({ kind, members }) => ({ kind, members })),
    centre: chart.centre,
    selected: [...selected].sort(),
    dialog: dialog ? { ...dialog } : null,
  };
}
