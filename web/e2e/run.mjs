// The walk: the real program, the demo's town, a real browser. `node e2e/run.mjs [WORD]` runs the parts with that word in
// their title.
import { browser, program } from './browser.mjs';
import { serve } from './served.mjs';
import access from './access.mjs';
import admin from './admin.mjs';
import cases from './cases.mjs';
import flags from './flags.mjs';
import handover from './handover.mjs';
import journey from './journey.mjs';
import mistakes from './mistakes.mjs';
import oidc from './oidc.mjs';
import panes from './panes.mjs';
import parity from './parity.mjs';
import walls from './walls.mjs';

if (!program) {
  console.log('skipped: there is no Chromium here (apt-get install chromium, or set CHROMIUM)');
  process.exit(0);
}

const word = process.argv[2] ?? '';
const parts = [...walls, ...journey, ...parity, ...panes, ...cases, ...flags, ...mistakes, ...oidc, ...admin, ...handover, ...access].filter(({ title }) => title.includes(word));
const served = await serve();
let failed = 0;
for (const webgl of [true, false]) {
  const wanted = parts.filter((part) => (part.webgl ?? true) === webgl || part.webgl === 'both');
  if (!wanted.length) continue;
  const instance = await browser({ webgl });
  for (const { title, run } of wanted) {
    const name = title + (webgl ? '' : ', without WebGL');
    const began = Date.now();
    const took = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;
    try {
      await run({ instance, address: served.address, webgl });
      console.log(`ok      ${name} (${took()})`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name} (${took()})\n${error.stack}`);
    }
  }
  await instance.close();
}
served.stop();
console.log(failed ? `${failed} of ${parts.length} parts failed` : 'the walk went well');
process.exit(failed ? 1 : 0);
