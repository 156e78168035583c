// The real program with the demo's town, on a free port.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Starts the program; made once, the town is used again. */
export async function serve() {
  const program = process.env.VERBAND ?? `${root}/target/debug/verband`;
  if (!existsSync(program)) throw new Error(`${program} is not there: run \`cargo build\` first`);
  const town = process.env.VERBAND_TOWN ?? `${root}/target/demo-viewer`;
  const child = spawn(program, ['demo', '--persons', '11000', '--dir', town, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // A test that breaks off may not leave the program behind: it holds the town.
  process.on('exit', () => child.kill('SIGTERM'));
  let told = '';
  const address = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the program ended with ${code}:\n${told}`)));
    child.stdout.on('data', (bytes) => {
      told += bytes;
      const found = /at (http:\/\/127\.0\.0\.1:\d+)/.exec(told);
      if (found) resolve(found[1]);
    });
  });
  return { address, stop: () => child.kill('SIGTERM') };
}
