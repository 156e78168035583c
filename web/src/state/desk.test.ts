import { describe, expect, it } from 'vitest';
import { Api, Problem } from '../api/client';
import { Desk } from './desk.svelte';

const reader = (id: string) => ({
  id, name: id, organisation: 'gemeente', department: 'toezicht', roles: [], purposes: [], clearance: 'intern',
});

/** A server whose answers come when the test says so. */
function slowServer() {
  const open: { url: string; answer: (body: unknown, status?: number) => void; signal: AbortSignal }[] = [];
  const fetcher = (input: RequestInfo | URL, init?: RequestInit) =>
    new Promise<Response>((resolve) => {
      open.push({
        url: String(input),
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

  it('of a login that comes late logs nobody in', async () => {
    const server = slowServer();
    const desk = new Desk(server.api);
    const end = desk.logIn('inspecteur', 'demo');
    desk.turn({ reader: null });
    server.open[0]?.answer(reader('inspecteur'));
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve));
    server.open[1]?.answer({ nodes: [], edges: [] });
    expect(await end).toBe(false);
    expect(desk.reader).toBeNull();
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
