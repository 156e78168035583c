// What a dossier's lines say, worked out once for screen and print.
import type { Dossier, DossierLine, DossierSection, Interval, StatementLine } from '../api/client';
import { day, t } from '../messages/index.svelte';

/** From when until when a line held, in words. */
export function whenText(line: Pick<DossierLine, 'since' | 'until'>, isEvent: boolean): string {
  const { since, until } = line;
  if (since && until) return t('when.between', { from: day(since), to: day(until) });
  if (until) return t('when.until', { day: day(until) });
  if (!since) return t('when.unknown');
  return t(isEvent ? 'when.on' : 'when.since', { day: day(since) });
}

export function intervalText({ from, to, holds }: Interval): string {
  const doubt = holds === 'maybe' ? ` (${t('when.maybe')})` : '';
  if (from && to) return t('when.between', { from: day(from), to: day(to) }) + doubt;
  if (from) return t('when.since', { day: day(from) }) + doubt;
  if (to) return t('when.until', { day: day(to) }) + doubt;
  return '';
}

/** Whether the line is of something that happened on a day, such as a signal, and not of what lasts. */
export function isEvent(line: DossierLine): boolean {
  return line.statements.some((statement) => 'date' in (statement.properties as object));
}

export interface Signal {
  readonly line: DossierLine;
  /** Null: no date is known. */
  readonly day: string | null;
}

/** The signals of all sections in time, newest first; those without a date last. Each once. */
export function signals(dossier: Dossier): Signal[] {
  const found = new Map<string, Signal>();
  for (const section of dossier.sections) {
    for (const line of [...section.now, ...section.earlier]) {
      if (line.node.label === 'Signal') found.set(line.node.id, { line, day: line.since ?? null });
    }
  }
  return [...found.values()].sort((one, other) => (other.day ?? '').localeCompare(one.day ?? ''));
}

/** Sections that have lines, the signals' own left out: they stand in time order. */
export function sections(dossier: Dossier): DossierSection[] {
  return dossier.sections.filter((section) => {
    const lines = [...section.now, ...section.earlier];
    return lines.some((line) => line.node.label !== 'Signal');
  });
}

/** Everything sources say of a line: of its connection first, then of what it leads to. */
export function statementsOf(line: DossierLine): StatementLine[] {
  return [...line.connection, ...line.statements];
}

/** Whether a value is where something lies: corners are for a map. */
export function isShape(value: unknown): boolean {
  return typeof value === 'string' && /^(SRID=\d+;\s*)?(POINT|(MULTI)?POLYGON)[\s(Z]/i.test(value);
}

/** The facts of a line that are worth a place beside its name: all that are visible, each once. */
export function facts(statements: readonly StatementLine[], leaveOut: readonly string[]): [string, unknown][] {
  const seen = new Map<string, [string, unknown]>();
  for (const statement of statements) {
    for (const [name, value] of Object.entries(statement.properties as Record<string, unknown>)) {
      if (!leaveOut.includes(String(value)) && !isShape(value)) seen.set(`${name} ${String(value)}`, [name, value]);
    }
  }
  return [...seen.values()];
}
