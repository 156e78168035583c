// Everything that can be done to a chart, in one list. The toolbar, the menu of a node, the list and the keyboard all take
// their actions from here, so none of them can do less than another.
import * as charts from '../graph/chart';
import { unfold } from '../graph/groups';
import { t, tn, type Key } from '../messages/index.svelte';
import { say } from './app.svelte';
import type { ChartDesk } from './chart.svelte';
import { keys } from './keys.svelte';
import { address, router } from './route.svelte';

/** How many nodes an action needs. */
type Needs = 'none' | 'one' | 'two' | 'some' | 'several';

export interface Action {
  readonly id: string;
  readonly title: Key;
  /** Of the keyboard, when the canvas or list has the focus. */
  readonly key: string;
  readonly needs: Needs;
  readonly group: 'node' | 'chart' | 'layout' | 'step';
  /** Whether it can be done now, beside what it needs. */
  readonly can?: (table: ChartDesk) => boolean;
  run(table: ChartDesk): void | Promise<void>;
}

/** Most nodes that one network connects: the server's limit. */
const NETWORK_NODES_MAX = 16;

const subjects = (table: ChartDesk): ReadonlySet<string> => new Set(table.subjects);
const only = (table: ChartDesk): string => table.subjects[0] ?? '';
const allPinned = (table: ChartDesk) => table.subjects.every((id) => table.chart.nodes.get(id)?.pinned);

export const ACTIONS: readonly Action[] = [
  { id: 'expand', title: 'action.expand', key: 'e', needs: 'some', group: 'node', run: (table) => { table.dialog = { kind: 'expand', ids: table.subjects }; } },
  { id: 'table', title: 'action.table', key: 't', needs: 'one', group: 'node', run: (table) => { table.dialog = { kind: 'table', id: only(table) }; } },
  { id: 'dossier', title: 'action.dossier', key: 'd', needs: 'one', group: 'node', run: (table) => { location.hash = address({ screen: 'dossier', id: only(table) }); } },
  { id: 'neighbours', title: 'action.neighbours', key: 's', needs: 'some', group: 'node', run: (table) => { table.select([...table.subjects, ...table.subjects.flatMap((id) => table.neighbours.get(table.drawn(id)) ?? [])]); say(tn('graph.chosen', table.selected.size)); } },
  { id: 'paths', title: 'action.paths', key: 'b', needs: 'two', group: 'node', run: (table) => { const [from = '', to = ''] = table.subjects; table.dialog = { kind: 'paths', from, to }; } },
  { id: 'network', title: 'action.network', key: 'w', needs: 'several', group: 'node', run: (table) => table.network(table.subjects) },
  { id: 'pin', title: 'action.pin', key: 'p', needs: 'some', group: 'node', run: (table) => table.commit(charts.pin(table.chart, subjects(table), !allPinned(table))) },
  { id: 'note', title: 'action.note', key: 'n', needs: 'one', group: 'node', run: (table) => { table.dialog = { kind: 'note', id: only(table) }; } },
  { id: 'hide', title: 'action.hide', key: 'h', needs: 'some', group: 'node', run: (table) => { table.commit(charts.hide(table.chart, subjects(table))); table.select([]); table.cursor = null; } },
  { id: 'keep', title: 'action.keep', key: 'k', needs: 'some', group: 'node', run: (table) => table.commit(charts.keepOnly(table.chart, subjects(table))) },
  { id: 'remove', title: 'action.remove', key: 'Delete', needs: 'some', group: 'node', run: (table) => table.commit(charts.remove(table.chart, subjects(table))) },
  { id: 'unfold', title: 'action.unfold', key: 'u', needs: 'some', group: 'node', can: (table) => table.chosenGroups.size > 0, run: (table) => table.commit(unfold(table.chart, table.chosenGroups)) },
  { id: 'centre', title: 'action.centre', key: 'c', needs: 'one', group: 'node', run: (table) => table.commit({ ...table.chart, centre: only(table) }) },

  { id: 'undo', title: 'action.undo', key: 'Ctrl+z', needs: 'none', group: 'step', can: (table) => table.canUndo, run: (table) => { table.undo(); say(t('action.undone')); } },
  { id: 'redo', title: 'action.redo', key: 'Ctrl+y', needs: 'none', group: 'step', can: (table) => table.canRedo, run: (table) => { table.redo(); say(t('action.redone')); } },

  { id: 'force', title: 'action.force', key: '1', needs: 'none', group: 'layout', run: (table) => table.arrange('force') },
  { id: 'layers', title: 'action.layers', key: '2', needs: 'none', group: 'layout', run: (table) => table.arrange('layers') },
  { id: 'radial', title: 'action.radial', key: '3', needs: 'none', group: 'layout', run: (table) => table.arrange('radial') },
  { id: 'time', title: 'action.time', key: '4', needs: 'none', group: 'layout', run: (table) => table.arrange('time') },

  { id: 'fold', title: 'action.fold', key: 'v', needs: 'none', group: 'chart', run: (table) => { table.dialog = { kind: 'fold' }; } },
  { id: 'group', title: 'action.group', key: 'g', needs: 'none', group: 'chart', run: (table) => table.commit(charts.setGrouped(table.chart, !table.chart.grouped)) },
  { id: 'showAll', title: 'action.showAll', key: 'a', needs: 'none', group: 'chart', run: (table) => table.commit(charts.showAll(table.chart)) },
  { id: 'selectAll', title: 'action.selectAll', key: 'Ctrl+a', needs: 'none', group: 'chart', run: (table) => { table.select(table.seen.nodes.map((node) => node.id)); say(tn('graph.chosen', table.selected.size)); } },
  { id: 'selectNone', title: 'action.selectNone', key: 'Escape', needs: 'none', group: 'chart', run: (table) => table.select([]) },
  { id: 'fit', title: 'action.fit', key: 'f', needs: 'none', group: 'chart', run: (table) => table.lookAt(null) },
  { id: 'box', title: 'action.box', key: 'x', needs: 'none', group: 'chart', run: (table) => { table.boxing = !table.boxing; } },
  { id: 'clear', title: 'action.clear', key: 'Ctrl+Delete', needs: 'none', group: 'chart', run: (table) => table.commit(charts.EMPTY) },
];

const ENOUGH: Record<Needs, (count: number) => boolean> = {
  none: () => true,
  one: (count) => count === 1,
  two: (count) => count === 2,
  some: (count) => count > 0,
  several: (count) => count >= 2 && count <= NETWORK_NODES_MAX,
};

/** Whether an action can be done now. */
export function can(action: Action, table: ChartDesk): boolean {
  if (action.needs === 'none' && action.group !== 'step' && table.chart.nodes.size === 0) return false;
  return ENOUGH[action.needs](table.subjects.length) && (action.can?.(table) ?? true);
}

export function perform(id: string, table: ChartDesk): void {
  const action = ACTIONS.find((one) => one.id === id);
  if (action && can(action, table)) void action.run(table);
}

/** The action of a key, if it has one. */
function actionOf(event: KeyboardEvent): Action | undefined {
  if (event.altKey) return undefined;
  const held = event.ctrlKey || event.metaKey ? 'Ctrl+' : '';
  if (held && event.shiftKey && event.key.toLowerCase() === 'z') return ACTIONS.find((action) => action.id === 'redo');
  const key = held + (event.key.length === 1 ? event.key.toLowerCase() : event.key);
  return ACTIONS.find((action) => action.key === key);
}

/** Does the action of a key that was pressed, unless it is typed into a field or letters are no keys; tells whether it did. */
export function press(event: KeyboardEvent, table: ChartDesk): boolean {
  const action = actionOf(event);
  const typing = (event.target as Element).matches('input:not([type="checkbox"]), select, textarea');
  if (!action || typing || (action.key.length === 1 && (!keys.letters || event.ctrlKey || event.metaKey))) return false;
  perform(action.id, table);
  event.preventDefault();
  return true;
}

/** Leaves the address of a node that was to be added, so that going back does not add it again. */
export function added(): void {
  const { current } = router;
  router.replace({ screen: 'graph', add: null, as: current.screen === 'graph' ? (current.as ?? 'graph') : 'graph' });
}
