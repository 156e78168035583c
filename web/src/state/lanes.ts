// A chart in time: a lane for each node that much hangs on, a row for each of its edges, a bar for each time that it held.
import type { EdgeSummary } from '../api/client';
import { neighbours, type ChartNode, type Seen } from '../graph/chart';
import { byName } from '../graph/order';
import { bounds, DAY, yearTicks, type Timeline } from './timeline';

/** Part of the width, from 0 to 1. */
export interface Span {
  readonly from: number;
  readonly to: number;
  /** Began before what is shown, or nobody says when. */
  readonly openStart: boolean;
  /** Has no end yet. */
  readonly openEnd: boolean;
}

export interface LaneRow {
  readonly edge: EdgeSummary;
  /** The node at its other end. */
  readonly other: ChartNode;
  /** Happened, and does not last: it is about a signal. */
  readonly event: boolean;
  readonly spans: readonly Span[];
}

export interface ChartLane {
  readonly node: ChartNode;
  readonly rows: readonly LaneRow[];
}

export interface Lanes {
  readonly lanes: readonly ChartLane[];
  readonly ticks: Timeline['ticks'];
  /** Days that are shown, ISO. */
  readonly first: string;
  readonly last: string;
  /** Edges without any date, and with dates in another period. */
  readonly undated: number;
  readonly outside: number;
  /** Signals by month, each once, from the first month shown to the last. */
  readonly months: readonly { readonly month: string; readonly count: number; readonly from: number; readonly to: number }[];
}

const SIGNAL = 'Signal';
/** More months than this are no bars any more but a haze. */
const MONTHS_MAX = 240;

const iso = (day: number) => new Date(day * DAY).toISOString().slice(0, 10);

interface Dated {
  readonly edge: EdgeSummary;
  readonly event: boolean;
  readonly times: readonly (readonly [since: number | null, until: number | null])[];
}

/** An edge with its times; of what happened on a day of its own, that day. */
function dated(edge: EdgeSummary, own: string | null, event: boolean): Dated {
  const day = bounds(own);
  if (day) return { edge, event: true, times: [day] };
  const times = edge.intervals.flatMap(({ from, to }): [number | null, number | null][] => {
    const [since, until] = [bounds(from), bounds(to)];
    if (!since && !until) return [];
    return [[since?.[0] ?? null, event ? (since?.[1] ?? null) : (until?.[1] ?? null)]];
  });
  return { edge, event, times };
}

/** Lays what is seen out between two days; null: from the first date on, up to the day looked at. */
export function lanes(view: Seen, asOf: string, wanted: { from: string | null; to: string | null }): Lanes {
  const nodes = new Map(view.nodes.map((node) => [node.id, node]));
  const beside = neighbours(view);
  const degree = (id: string) => beside.get(id)?.length ?? 0;
  const isSignal = (id: string) => nodes.get(id)?.label === SIGNAL;
  const all = view.lines.flatMap((line) => line.edges.map((edge) => dated(edge, nodes.get(edge.from)?.date ?? nodes.get(edge.to)?.date ?? null, isSignal(edge.from) || isSignal(edge.to))));
  const known = all.filter((one) => one.times.length);
  const today = bounds(asOf)?.[1] ?? 0;
  const last = bounds(wanted.to)?.[1] ?? today;
  const earliest = known.flatMap((one) => one.times.map(([since, until]) => since ?? until ?? today)).reduce((one, other) => Math.min(one, other), last - 365);
  const first = Math.min(bounds(wanted.from)?.[0] ?? earliest, last);
  const place = (day: number) => Math.min(1, Math.max(0, (day - first) / (last + 1 - first)));

  const byLane = new Map<string, LaneRow[]>();
  let outside = 0;
  for (const { edge, event, times } of known) {
    const spans = times
      .filter(([since, until]) => (since ?? first) <= last && (until ?? last) >= first)
      .map(([since, until]): Span => ({
        from: place(since ?? first), to: until === null ? 1 : place(until + 1),
        openStart: since === null || since < first, openEnd: !event && until === null,
      }));
    // A lane is of what much hangs on: of a door, not of each who lived there.
    const isOfStart = isSignal(edge.to) || (!isSignal(edge.from) && degree(edge.from) > degree(edge.to));
    const [id, otherId] = isOfStart ? [edge.from, edge.to] : [edge.to, edge.from];
    const other = nodes.get(otherId);
    if (!spans.length || !other) {
      outside += 1;
      continue;
    }
    byLane.set(id, [...(byLane.get(id) ?? []), { edge, other, event, spans }]);
  }
  const begin = (row: LaneRow) => row.spans[0]?.from ?? 0;
  const order = new Map(byName(view.nodes).map((node, at) => [node.id, at]));
  const made = [...byLane].flatMap(([id, rows]): ChartLane[] => {
    const node = nodes.get(id);
    return node ? [{ node, rows: rows.sort((one, other) => begin(one) - begin(other) || (order.get(one.other.id) ?? 0) - (order.get(other.other.id) ?? 0)) }] : [];
  });
  made.sort((one, other) => other.rows.length - one.rows.length || (order.get(one.node.id) ?? 0) - (order.get(other.node.id) ?? 0));

  return {
    lanes: made, ticks: yearTicks(first, last, place), first: iso(first), last: iso(last),
    undated: all.length - known.length, outside, months: months(known, isSignal, first, last, place),
  };
}

function months(known: readonly Dated[], isSignal: (id: string) => boolean, first: number, last: number, place: (day: number) => number): Lanes['months'] {
  const days = new Map<string, number>();
  for (const { edge, event, times } of known) {
    const at = times[0]?.[0] ?? null;
    if (!event || at === null || at < first || at > last) continue;
    const id = isSignal(edge.from) ? edge.from : edge.to;
    days.set(id, Math.min(at, days.get(id) ?? at));
  }
  const counts = new Map<string, number>();
  for (const day of days.values()) counts.set(iso(day).slice(0, 7), (counts.get(iso(day).slice(0, 7)) ?? 0) + 1);
  return [...counts].sort().slice(-MONTHS_MAX).map(([month, count]) => {
    const [year = 0, nth = 1] = month.split('-').map(Number);
    return { month, count, from: place(Date.UTC(year, nth - 1, 1) / DAY), to: place(Date.UTC(year, nth, 1) / DAY) };
  });
}

/** The nodes at both ends of what fell in the period. */
export function within({ lanes: all }: Lanes): string[] {
  return [...new Set(all.flatMap(({ node, rows }) => [node.id, ...rows.map((row) => row.other.id)]))];
}
