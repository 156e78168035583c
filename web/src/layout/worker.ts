// A module worker of our own: the one that comes with the layout is made from a blob, which the content security policy
// refuses without a word.
import { force } from './force';
import type { ForceTask } from './force-task';

addEventListener('message', ({ data }: MessageEvent<{ number: number; task: ForceTask }>) => {
  postMessage({ number: data.number, places: force(data.task) });
});
