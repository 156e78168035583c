// The real program with the demo's town, on a free port.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const program = process.env.VERBAND ?? `${root}/target/debug/verband`;

/** A copy of the demo's town: it is made once, and no run finds the cases of another. */
function copyOfTown() {
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
  return town;
}

/** Runs a program until it prints what a pattern finds; gives the process and that. */
async function started(command, given, options, pattern) {
  const child = spawn(command, given, { stdio: ['pipe', 'pipe', 'inherit'], ...options });
  // A test that breaks off may not leave the program behind: it holds the town.
  process.on('exit', () => child.kill('SIGTERM'));
  let told = '';
  const found = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the program ended with ${code}:\n${told}`)));
    child.stdout.on('data', (bytes) => {
      told += bytes;
      const match = pattern.exec(told);
      if (match) resolve(match[1]);
    });
  });
  return { child, found };
}

const SERVED = /at (http:\/\/127\.0\.0\.1:\d+)/;

/** Starts the program over a copy of the town. */
export async function serve() {
  const arguments_ = ['demo', '--persons', '11000', '--dir', copyOfTown(), '--listen', '127.0.0.1:0'];
  const { child, found: address } = await started(program, arguments_, {}, SERVED);
  if (process.env.VERBAND_WEB) return before(address, () => child.kill('SIGTERM'));
  return { address, stop: () => child.kill('SIGTERM') };
}

/** Starts the program with a case system beside it, which takes what it gets but for the first role. */
export async function serveWithCaseSystem() {
  const received = [];
  let base = '';
  const system = createServer((request, response) => {
    let text = '';
    request.on('data', (piece) => { text += piece; });
    request.on('end', () => {
      const path = request.url.slice('/zaken/api/v1/'.length).split('?')[0];
      const isFirstRole = path === 'rollen' && !received.some((one) => one.path === 'rollen');
      received.push({ path, body: text ? JSON.parse(text) : null });
      const answer = request.method === 'GET' ? { count: 0, results: [] }
        : isFirstRole ? { title: 'Invalid input.', invalidParams: [{ name: 'roltype', code: 'invalid', reason: 'Nog niet gepubliceerd.' }] }
        : { url: `${base}${path}/1` };
      response.writeHead(request.method === 'GET' ? 200 : isFirstRole ? 400 : 201, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise((resolve) => system.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${system.address().port}/zaken/api/v1/`;
  const town = copyOfTown();
  writeFileSync(`${town}/zgw.secret`, 'geheim van de test\n');
  const settings = readFileSync(`${town}/verband.toml`, 'utf8');
  writeFileSync(`${town}/verband.toml`, `${settings}
[handover]
zaken = '${base}'
client_id = 'verband'
secret = 'zgw.secret'
organisation = 'gemeente'
bronorganisatie = '999993653'
roles = ['inspecteur']
level_max = 'zeer_geheim'
[handover.purpose.woonfraude]
zaaktype = 'https://catalogi.example/zaaktypen/1'
statustype = 'https://catalogi.example/statustypen/1'
roltype = 'https://catalogi.example/roltypen/1'
`);
  const { child, found: address } = await started(program, ['serve', '--config', `${town}/verband.toml`, '--listen', '127.0.0.1:0'], {}, SERVED);
  return {
    address,
    received,
    stop: () => {
      child.kill('SIGTERM');
      system.close();
    },
  };
}

/** Starts the program with a real provider of identities beside it; null where that is not there. */
export async function serveWithProvider() {
  const directory = `${root}/tests/oidc`;
  if (!existsSync(`${directory}/node_modules/oidc-provider`)) return null;
  // The provider must know where the program will be before it is there.
  const address = await new Promise((resolve) => {
    const free = createServer().listen(0, '127.0.0.1', () => {
      const { port } = free.address();
      free.close(() => resolve(`http://127.0.0.1:${port}`));
    });
  });
  const beside = { cwd: directory, stdio: ['pipe', 'pipe', 'ignore'] };
  const provider = await started('node', ['provider.mjs', `${address}/login/oidc/callback`], beside, /(http:\/\/\S+)/);
  const town = copyOfTown();
  writeFileSync(`${town}/oidc.secret`, 'geheim van de test: +/%\n');
  const settings = readFileSync(`${town}/verband.toml`, 'utf8');
  // Keys of no table stand before the first table.
  writeFileSync(`${town}/verband.toml`, `public_url = '${address}'
${settings}
[oidc]
issuer = '${provider.found}'
title = 'Gemeenteaccount'
client_id = 'verband'
client_secret = 'oidc.secret'
[oidc.claims]
organisation = { value = 'gemeente' }
department = { claim = 'afdeling', values = { 'T&H' = 'toezicht' } }
roles = { claim = 'roles', values = { 'verband-inspecteur' = 'inspecteur' } }
clearance = 'clearance'
`);
  const { child } = await started(program, ['serve', '--config', `${town}/verband.toml`, '--listen', address.slice('http://'.length)], {}, SERVED);
  return {
    address,
    issuer: provider.found,
    stop: () => {
      child.kill('SIGTERM');
      provider.child.kill('SIGTERM');
    },
  };
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
