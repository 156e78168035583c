// The real program with the demo's town, on a free port.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Starts the program over a copy of the town: it is made once, and no run finds the cases of another. */
export async function serve() {
  const program = process.env.VERBAND ?? `${root}/target/debug/verband`;
  if (!existsSync(program)) throw new Error(`${program} is not there: run \`cargo build\` first`);
  const made = `${root}/target/demo-viewer`;
  const make = () => spawnSync(program, ['demo', '--persons', '11000', '--dir', made, '--no-serve'], { encoding: 'utf8' });
  let making = make();
  if (making.status !== 0) {
    // Made by a program before this one, with another form of store.
    rmSync(made, { recursive: true, force: true });
    making = make();
  }
  if (making.status !== 0) throw new Error(`the town could not be made:\n${making.stdout}${making.stderr}`);
  const town = mkdtempSync(`${tmpdir()}/verband-walk-`);
  cpSync(made, town, { recursive: true, filter: (path) => !path.startsWith(`${made}/town/`) });
  process.on('exit', () => rmSync(town, { recursive: true, force: true }));
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
  if (process.env.VERBAND_WEB) return before(address, () => child.kill('SIGTERM'));
  return { address, stop: () => child.kill('SIGTERM') };
}

/** With VERBAND_WEB: the files of `dist` as they are now, under the program's own headers, and the rest from the program. It
 * spares building the program for each change of the viewer. */
async function before(address, end) {
  const dist = fileURLToPath(new URL('../dist', import.meta.url));
  const { headers } = await fetch(address);
  const policy = headers.get('content-security-policy');
  const kinds = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };
  const server = createServer(async (request, response) => {
    const path = request.url === '/' ? '/index.html' : request.url.split('?')[0];
    if (!path.startsWith('/v1/') && existsSync(dist + path)) {
      response.writeHead(200, { 'content-type': kinds[path.split('.').at(-1)] ?? 'text/plain', 'content-security-policy': policy });
      response.end(readFileSync(dist + path));
      return;
    }
    const onward = ask(address + request.url, { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    stop: () => {
      server.close();
      end();
    },
  };
}
