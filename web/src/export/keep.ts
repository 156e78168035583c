// A chart as a file of the reader's own.
import type { Chart } from '../graph/chart';
import { write } from './document';
import { download } from './download';

export function keep(chart: Chart): void {
  download(`verband-${new Date().toISOString().slice(0, 10)}.grafiek.json`, `${JSON.stringify(write(chart), null, 1)}\n`, 'application/json');
}
