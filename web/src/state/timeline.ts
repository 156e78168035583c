// What a dossier says, laid out in time: lanes by kind, newest first. The dossier's lists say the same in words.
import type { Dossier, DossierLine, DossierSection } from '../api/client';
import { dateParts } from '../messages/index.svelte';
import { sections, signals } from './dossier';

/** Part of the width, from 0 to 1. */
export interface Bar {
  readonly line: DossierLine;
  readonly from: number;
  readonly to: number;
  /** Begins before what is shown, or nobody says when. */
  readonly openStart: boolean;
  /** Holds on the day looked at. */
  readonly openEnd: boolean;
  /** Happened on a day, or in a month or year that is known no closer. */
  readonly event: boolean;
}

export interface Lane {
  /** Null: signals. */
  readonly section: DossierSection | null;
  readonly bars: readonly Bar[];
  /** Lines of this lane that end before what is shown, or have no date at all. */
  readonly left: number;
}

export interface Timeline {
  readonly lanes: readonly Lane[];
  /** Marks of the axis: a year, and its place. */
  readonly ticks: readonly { readonly year: number; readonly at: number }[];
}

export const DAY = 86_400_000;
/** Marks that fit beside one another. */
const TICKS_MAX = 11;

/** First and last day of a date of which parts may be unknown, in days; null where nothing is known. */
export function bounds(text: string | null | undefined): [number, number] | null {
  const known = dateParts(text ?? '');
  if (!known) return null;
  const [year, month, date] = known;
  const at = (y: number, m: number, d: number) => Date.UTC(y, m, d) / DAY;
  if (date) return [at(year, month - 1, date), at(year, month - 1, date)];
  if (month) return [at(year, month - 1, 1), at(year, month, 1) - 1];
  return [at(year, 0, 1), at(year + 1, 0, 1) - 1];
}

/** Lays a dossier out over some years up to its day; null is as far back as anything is dated. */
export function timeline(dossier: Dossier, years: number | null): Timeline {
  const last = bounds(dossier.asOf)?.[1] ?? 0;
  const reports = signals(dossier).map((signal) => signal.line);
  const parts = sections(dossier).map((section): [DossierSection, DossierLine[]] => [
    section,
    [...section.now, ...section.earlier].filter((line) => line.node.label !== 'Signal'),
  ]);
  const dated = [...reports, ...parts.flatMap(([, lines]) => lines)].flatMap((line) => {
    const known = bounds(line.since) ?? bounds(line.until);
    return known ? [known[0]] : [];
  });
  const first = years === null ? dated.reduce((one, other) => Math.min(one, other), last - 365) : last - Math.round(years * 365.25);
  const place = (at: number) => Math.min(1, Math.max(0, (at - first) / (last + 1 - first)));

  function lane(section: DossierSection | null, lines: readonly DossierLine[]): Lane {
    const bars = lines.flatMap((line): Bar[] => {
      const since = bounds(line.since);
      const until = bounds(line.until);
      if (!section) {
        if (!since || since[1] < first) return [];
        return [{ line, from: place(since[0]), to: place(since[1] + 1), openStart: false, openEnd: false, event: true }];
      }
      if ((!since && !until) || (until && until[0] <= first)) return [];
      const openStart = !since || since[0] < first;
      return [{ line, from: since ? place(since[0]) : 0, to: until ? place(until[1]) : 1, openStart, openEnd: !until, event: false }];
    });
    bars.sort((one, other) => other.from - one.from || other.to - one.to);
    return { section, bars, left: lines.length - bars.length };
  }

  const lanes = [lane(null, reports), ...parts.map(([section, lines]) => lane(section, lines))];
  return { lanes: lanes.filter((one) => one.bars.length > 0), ticks: yearTicks(first, last, place) };
}

/** Marks of an axis from one day to another: so many years that they fit beside one another. */
export function yearTicks(first: number, last: number, place: (day: number) => number): Timeline['ticks'] {
  const from = new Date(first * DAY).getUTCFullYear() + 1;
  const to = new Date(last * DAY).getUTCFullYear();
  const every = Math.max(1, Math.ceil((to - from + 1) / TICKS_MAX));
  const ticks = [];
  for (let year = from; year <= to; year += every) ticks.push({ year, at: place(Date.UTC(year, 0, 1) / DAY) });
  return ticks;
}
