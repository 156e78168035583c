// Walking the graph by keyboard: from a node along its edges to the next, and back the way one came.
import { byName } from '../graph/order';
import { t, tn } from '../messages/index.svelte';
import { labelTitle } from './app.svelte';
import type { ChartDesk } from './chart.svelte';

/** Neighbours that are read out by name; the others by number. */
const SPOKEN_MAX = 4;

export class Walk {
  /** The nodes one came by, last the one whose neighbours are gone through. */
  #trail: string[] = [];

  constructor(readonly table: ChartDesk) {}

  /** Goes to the next neighbour of where one stands, or the one before. */
  turn(by: 1 | -1): void {
    const { table } = this;
    this.#clean();
    const around = this.#trail.at(-1);
    const ring = around ? (table.neighbours.get(around) ?? []) : this.#everyone();
    if (!ring.length) return;
    const at = table.cursor ? ring.indexOf(table.cursor) : -1;
    table.cursor = ring[(at + by + ring.length) % ring.length] ?? null;
  }

  /** Steps onto the node: its neighbours are gone through from here on. */
  enter(): void {
    const { table } = this;
    this.#clean();
    const here = table.cursor;
    const [first] = here ? (table.neighbours.get(here) ?? []) : [];
    if (!here || !first) return;
    // The one that one came from comes last: going on is what one wants.
    const from = this.#trail.at(-1);
    this.#trail.push(here);
    const others = (table.neighbours.get(here) ?? []).filter((id) => id !== from);
    table.cursor = others[0] ?? first;
  }

  back(): void {
    this.#clean();
    const here = this.#trail.pop();
    if (here) this.table.cursor = here;
  }

  home(): void {
    this.#trail = [];
    this.table.cursor = this.table.chart.centre ?? this.#everyone()[0] ?? null;
  }

  /** Where one stands, for the ear: short, most important first. */
  describe(): string {
    const { table } = this;
    const node = table.cursor ? table.nodeOf(table.cursor) : null;
    if (!node) return t('walk.nowhere');
    const beside = table.neighbours.get(node.id) ?? [];
    const names = beside.slice(0, SPOKEN_MAX).map((id) => {
      const line = table.seen.lines.find((one) => (one.from === node.id && one.to === id) || (one.to === node.id && one.from === id));
      const [edge] = line?.edges ?? [];
      return `${edge ? labelTitle(edge.label) : ''} ${table.nodeOf(id)?.name ?? ''}`.trim();
    });
    if (beside.length > SPOKEN_MAX) names.push(tn('walk.more', beside.length - SPOKEN_MAX));
    const marks = [
      node.disclosure === 'masked' ? t('dossier.masked') : '',
      table.marked.has(node.id) ? t('walk.chosen') : '',
      node.pinned ? t('list.pinned') : '',
      node.note ? `${t('action.note')}: ${node.note}` : '',
    ].filter(Boolean);
    return [`${labelTitle(node.label)} ${node.name}`, ...marks, tn('walk.edges', beside.length) + (names.length ? `: ${names.join(', ')}` : '')].join(', ');
  }

  #everyone(): string[] {
    return byName(this.table.seen.nodes).map((node) => node.id);
  }

  #clean(): void {
    const visible = new Set(this.table.seen.nodes.map((node) => node.id));
    this.#trail = this.#trail.filter((id) => visible.has(id));
    if (this.table.cursor && !visible.has(this.table.cursor)) this.table.cursor = this.#trail.at(-1) ?? null;
  }
}
