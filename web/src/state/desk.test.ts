import { describe, expect, it } from 'vitest';
import { Api, Problem } from '../api/client';
import { Desk } from './desk.svelte';

const reader = (id: string) => ({
  id, name: id, organisation: 'gemeente', department: 'toezicht', roles: [], purposes: [], clearance: 'intern', isCoordinator: false, delivers: false, managesScans: false,
});

/** A server whose answers come when the test says so. */
function slowServer() {
  const open: { url: string; method: string; headers: Record<string, string>; answer: (body: unknown, status?: number) => void; signal: AbortSignal }[] = [];
  const fetcher = (input: RequestInfo | URL, init?: RequestInit) =>
    new Promise<Response>((resolve) => {
      open.push({
        url: String(input),
        method: init?.method ?? 'GET',
        headers: init?.headers as Record<string, string>,
        signal: init?.signal as AbortSignal,
        answer: (body, status = 200) => resolve(new Response(JSON.stringify(body), { status })),
      });
    });
  return { open, api: new Api(fetcher as typeof fetch) };
}

/** A desk with a question open. */
function asked() {
  const server = slowServer();
  const desk = new Desk(server.api);
  desk.turn({ reader: reader('inspecteur') });
  desk.turn({ purpose: 'woonfraude' });
  const landed: unknown[] = [];
  const end = desk.ask((api, occasion) => api.dossier(occasion, 'a'), (answer) => landed.push(answer));
  return { ...server, desk, landed, end };
}

describe('an answer', () => {
  it('lands under the purpose and day it was asked for', async () => {
    const { open, landed, end } = asked();
    expect(open[0]?.url).toBe('/v1/dossiers/a?purpose=woonfraude');
    open[0]?.answer({ subject: 'a' });
    expect(await end).toBe(true);
    expect(landed).toEqual([{ subject: 'a' }]);
  });

  for (const [under, turn] of [
    ['another purpose', { purpose: 'ondermijning' }],
    ['another day', { asOf: '2020-01-01' }],
    ['the knowledge of another day', { knownAt: '2020-01-01' }],
    ['another case', { reading: { id: 'c', title: 'Zaak' } }],
    ['the next reader of the same tab', { reader: reader('zorg') }],
    ['nobody', { reader: null }],
  ] as const) {
    it(`that comes late never lands under ${under}`, async () => {
      const { open, desk, landed, end } = asked();
      desk.turn(turn);
      expect(open[0]?.signal.aborted).toBe(true);
      open[0]?.answer({ subject: 'a' });
      expect(await end).toBe(false);
      expect(landed).toEqual([]);
      expect(desk.open).toBe(0);
    });
  }

  it('that went wrong late is not told to the next reader', async () => {
    const { open, desk, end } = asked();
    desk.turn({ reader: reader('zorg') });
    open[0]?.answer({ code: 'unknown-node', detail: 'unknown node `secret`' }, 404);
    expect(await end).toBe(false);
  });

  it('of a login that comes late logs nobody in, and its session is ended', async () => {
    const server = slowServer();
    const desk = new Desk(server.api);
    const end = desk.logIn('inspecteur', 'demo');
    desk.turn({ reader: null });
    server.open[0]?.answer({ ...reader('inspecteur'), csrfToken: 'token' });
    await new Promise((resolve) => setTimeout(resolve));
    server.open[1]?.answer({ nodes: [], edges: [] });
    await new Promise((resolve) => setTimeout(resolve));
    expect(server.open[2]).toMatchObject({ url: '/v1/sessions/current', method: 'DELETE', headers: { 'x-csrf-token': 'token' } });
    server.open[2]?.answer(null);
    expect(await end).toBe(false);
    expect(desk.reader).toBeNull();
  });
});

describe('a session', () => {
  it('is asked for again after the page was loaded again, and only if there was one', async () => {
    sessionStorage.clear();
    const server = slowServer();
    const desk = new Desk(server.api);
    expect(await desk.resume()).toBe(true);
    expect(server.open).toEqual([]);
    sessionStorage.setItem('verband.session', 'yes');
    const end = desk.resume();
    server.open[0]?.answer({ ...reader('inspecteur'), csrfToken: 'token' });
    await new Promise((resolve) => setTimeout(resolve));
    server.open[1]?.answer({ nodes: [], edges: [] });
    await end;
    expect(desk.reader?.id).toBe('inspecteur');
    expect(desk.purpose).toBeNull();
  });

  it('that ended meanwhile is forgotten', async () => {
    sessionStorage.setItem('verband.session', 'yes');
    const server = slowServer();
    const desk = new Desk(server.api);
    const end = desk.resume();
    server.open[0]?.answer({ code: 'unauthenticated', detail: '' }, 401);
    await end;
    expect(desk.reader).toBeNull();
    expect(sessionStorage.getItem('verband.session')).toBeNull();
  });

  it('shows its token in requests that change something, and in no others', async () => {
    const server = slowServer();
    const desk = new Desk(server.api);
    const end = desk.logIn('inspecteur', 'demo');
    expect(server.open[0]).toMatchObject({ url: '/v1/sessions', method: 'POST' });
    server.open[0]?.answer({ ...reader('inspecteur'), csrfToken: 'token' });
    await new Promise((resolve) => setTimeout(resolve));
    expect(server.open[1]?.headers).toEqual({});
    server.open[1]?.answer({ nodes: [], edges: [] });
    await end;
    desk.turn({ purpose: 'woonfraude' });
    void desk.ask((api, occasion) => api.search(occasion, { text: 'ja' }), () => {});
    expect(server.open[2]?.headers).toMatchObject({ 'x-csrf-token': 'token' });
  });
});

describe('a turn', () => {
  it('has all who hold answers forget them, and says whether the reader stays', () => {
    const { desk } = asked();
    const told: boolean[] = [];
    desk.onTurn((sameReader) => told.push(sameReader));
    desk.turn({ purpose: 'ondermijning' });
    desk.turn({ reader: reader('zorg') });
    expect(told).toEqual([true, false]);
  });

  it('to another purpose or reader leaves the case', () => {
    const { desk } = asked();
    for (const turn of [{ purpose: 'ondermijning' }, { reader: reader('zorg') }]) {
      desk.turn({ reading: { id: 'c', title: 'Zaak' } });
      desk.turn(turn);
      expect(desk.reading).toBeNull();
    }
  });

  it('to another reader names no purpose for them', () => {
    const { desk } = asked();
    desk.turn({ reader: reader('zorg') });
    expect(desk.purpose).toBeNull();
  });

  it('comes by itself when the server no longer knows the reader', async () => {
    const { open, desk, end } = asked();
    open[0]?.answer({ code: 'unauthenticated', detail: '' }, 401);
    await expect(end).rejects.toBeInstanceOf(Problem);
    expect(desk.reader).toBeNull();
  });
});
