// A chart as a file of the reader's own.
import type { Chart } from '../graph/chart';
import { write } from './document';
import { download } from './download';
import { today } from '../state/today';

export function keep(chart: Chart): void {
  download(`verband-${today()}.grafiek.json`, `${JSON.stringify(write(chart), null, 1)}\n`, 'application/json');
}
