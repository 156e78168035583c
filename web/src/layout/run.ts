// Runs the force layout beside the page. A newer task makes an older one void.
import type { Seen } from '../graph/chart';
import { forceTask } from './force-task';
import type { Places } from './index';

let worker: Worker | null = null;
let number = 0;

export function runForce(view: Seen): Promise<Places | null> {
  // A task that runs cannot be broken off but with its worker.
  worker?.terminate();
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  number += 1;
  const mine = number;
  const running = worker;
  return new Promise((resolve, reject) => {
    running.onmessage = ({ data }: MessageEvent<{ number: number; places: Places }>) => {
      running.terminate();
      if (worker === running) worker = null;
      resolve(data.number === mine && mine === number ? data.places : null);
    };
    running.onerror = (event) => reject(new Error(event.message));
    running.postMessage({ number: mine, task: forceTask(view) });
  });
}
