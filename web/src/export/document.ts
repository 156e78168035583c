// A chart as a document: identifiers and places, and nothing of what stands at them. Who opens it sees what they may see:
// everything is asked for again, for that reader, purpose and day.
import { CHART_NODES_MAX, type Chart, type Place } from '../graph/chart';
import { GROUP_KINDS, type Group } from '../graph/groups';

export interface ChartDocument {
  readonly format: 'verband-chart';
  readonly version: 1;
  readonly centre: string | null;
  readonly grouped: boolean;
  /** What is drawn as one: by identifiers, as everything here. */
  readonly groups?: readonly Omit<Group, 'id'>[];
  readonly nodes: readonly { readonly id: string; readonly x: number; readonly y: number; readonly pinned?: true; readonly hidden?: true }[];
}

/** Why a file is no chart. */
export class NotAChart extends Error {}

export function write(chart: Chart): ChartDocument {
  return {
    format: 'verband-chart',
    version: 1,
    centre: chart.centre,
    grouped: chart.grouped,
    ...(chart.groups.length ? { groups: chart.groups.map(({ kind, members }) => ({ kind, members })) } : {}),
    nodes: [...chart.nodes.values()].map(({ id, x, y, pinned }) => ({
      id, x: Math.round(x * 10) / 10, y: Math.round(y * 10) / 10,
      ...(pinned ? { pinned } : {}),
      ...(chart.hidden.has(id) ? { hidden: true as const } : {}),
    })),
  };
}

const ID = /^[0-9a-z]{13}$/;

export function read(text: string): ChartDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new NotAChart();
  }
  const told = value as Partial<ChartDocument> | null;
  if (told?.format !== 'verband-chart' || told.version !== 1 || !Array.isArray(told.nodes)) throw new NotAChart();
  if (told.nodes.length > CHART_NODES_MAX) throw new NotAChart();
  const nodes = told.nodes.map((one: unknown) => {
    const node = one as Partial<ChartDocument['nodes'][number]> | null;
    const { id, x, y } = node ?? {};
    if (typeof id !== 'string' || !ID.test(id) || !isPlace(x) || !isPlace(y)) throw new NotAChart();
    return { id, x, y, ...(node?.pinned ? { pinned: true as const } : {}), ...(node?.hidden ? { hidden: true as const } : {}) };
  });
  const groups = (Array.isArray(told.groups) ? told.groups : []).map((one: unknown) => {
    const { kind, members } = (one ?? {}) as Partial<Group>;
    const known = GROUP_KINDS.find((each) => each === kind);
    if (!known || !Array.isArray(members) || !members.every((id) => typeof id === 'string' && ID.test(id))) throw new NotAChart();
    return { kind: known, members: members as string[] };
  });
  const centre = typeof told.centre === 'string' && ID.test(told.centre) ? told.centre : null;
  return { format: 'verband-chart', version: 1, centre, grouped: told.grouped !== false, ...(groups.length ? { groups } : {}), nodes };
}

const isPlace = (one: unknown): one is number => typeof one === 'number' && Number.isFinite(one) && Math.abs(one) < 1e6;

export function places(document: ChartDocument): Map<string, Place> {
  return new Map(document.nodes.map(({ id, x, y }) => [id, { x, y }]));
}
