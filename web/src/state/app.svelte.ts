// What all screens share: the desk, what is told to the reader, and what was looked at last.
import { Problem, type NodeSummary } from '../api/client';
import { isKey, t, titleOf } from '../messages/index.svelte';
import { Desk } from './desk.svelte';
import { isShape } from './dossier';

export const desk = new Desk();

const RECENT_MAX = 8;

class Told {
  /** Read out by screen readers, politely. */
  spoken = $state('');
  /** Stays until it is closed or the next step works. */
  problem = $state<string | null>(null);
}

export const told = new Told();

export function say(text: string): void {
  // The same text twice would not be read out twice.
  told.spoken = told.spoken === text ? `${text}\u00a0` : text;
}

/** What went wrong, for people. */
export function explain(error: unknown): string {
  if (error instanceof Problem) {
    const key = `error.${error.code}`;
    return isKey(key) ? t(key) : t('error.other', { detail: error.detail });
  }
  return error instanceof TypeError ? t('error.network') : t('error.other', { detail: String(error) });
}

/** Runs a step; tells it when it fails. */
export async function step(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
    told.problem = null;
  } catch (error) {
    told.problem = explain(error);
  }
}

class Recent {
  nodes = $state.raw<readonly NodeSummary[]>([]);

  note(node: NodeSummary): void {
    this.nodes = [node, ...this.nodes.filter((one) => one.id !== node.id)].slice(0, RECENT_MAX);
  }
}

export const recent = new Recent();

desk.onTurn(() => {
  recent.nodes = [];
  told.problem = null;
  told.spoken = '';
});

/** The title of a label of nodes or edges, as the schema has it. */
export function labelTitle(label: string): string {
  const group = label.replace('group:', 'group.kind.');
  if (isKey(group)) return t(group);
  const known = [...(desk.schema?.nodes ?? []), ...(desk.schema?.edges ?? [])].find((one) => one.label === label);
  if (!known) return label;
  return titleOf(known);
}

export function propertyTitle(name: string): string {
  for (const label of [...(desk.schema?.nodes ?? []), ...(desk.schema?.edges ?? [])]) {
    const property = label.properties.find((one) => one.name === name);
    if (property) return titleOf(property);
  }
  return name;
}

export function valueText(value: unknown): string {
  if (value === true) return t('value.yes');
  if (value === false) return t('value.no');
  if (isShape(value)) return t('value.shape');
  return String(value);
}
