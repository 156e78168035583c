// What the viewer weighs, packed as it travels: the start, and what comes when a graph is opened.
import { readdir, readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const LIMITS = [
  ['start, scripts', /^index-.*\.js$/, 90],
  ['start, styles', /^index-.*\.css$/, 20],
  ['graph, scripts and worker', /^(?!index-|MapPane-|maplibre|TimePane-|AdminScreen-|ExportDialog-).*\.js$/, 80],
  ['administration, scripts', /^AdminScreen-.*\.js$/, 15],
  ['exports, scripts', /^ExportDialog-.*\.js$/, 10],
  ['timeline, scripts', /^TimePane-.*\.js$/, 10],
  ['map, scripts and worker', /^(MapPane-|maplibre).*\.m?js$/, 480],
];

const directory = new URL('../dist/assets/', import.meta.url);
const names = await readdir(directory);
let tooLarge = false;
for (const [title, pattern, limit] of LIMITS) {
  let bytes = 0;
  for (const name of names.filter((one) => pattern.test(one))) bytes += gzipSync(await readFile(new URL(name, directory))).length;
  const kilobytes = bytes / 1000;
  const fits = bytes > 0 && kilobytes <= limit;
  tooLarge ||= !fits;
  console.log(`${title}: ${kilobytes.toFixed(1)} kB of ${limit} kB${fits ? '' : ': too large'}`);
}
if (tooLarge) process.exit(1);
