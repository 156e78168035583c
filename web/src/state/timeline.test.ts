import { describe, expect, it } from 'vitest';
import type { Dossier, DossierLine } from '../api/client';
import { timeline } from './timeline';

function line(label: string, id: string, since: string | null, until: string | null = null): DossierLine {
  return { node: { id, label, name: id, disclosure: 'full' }, statements: [], connection: [], edgeId: id, since, until };
}

function dossier(now: DossierLine[], earlier: DossierLine[] = []): Dossier {
  const section = { titleNl: 'Bewoners', titleEn: 'Residents', edgeLabel: 'LIVES_AT', direction: 'in', now, earlier, lineCount: 0 };
  return { asOf: '2026-01-01', sections: [section] } as unknown as Dossier;
}

describe('a dossier in time', () => {
  it('places what lasts from its begin to its end, and what holds to the edge', () => {
    const [lane] = timeline(dossier([line('Person', 'now', '2024-01-01')], [line('Person', 'gone', '2022-01-01', '2023-01-01')]), 4).lanes;
    expect(lane?.bars.map((bar) => [bar.line.node.id, Math.round(bar.from * 4), Math.round(bar.to * 4), bar.openEnd])).toEqual([
      ['now', 2, 4, true],
      ['gone', 0, 1, false],
    ]);
  });

  it('says of a lane how many lines lie before it or have no date', () => {
    const told = timeline(dossier([line('Person', 'old', '2010'), line('Person', 'dateless', null)], [line('Person', 'gone', '2001', '2002')]), 5);
    expect(told.lanes).toHaveLength(1);
    expect(told.lanes[0]?.bars.map((bar) => [bar.line.node.id, bar.from, bar.openStart])).toEqual([['old', 0, true]]);
    expect(told.lanes[0]?.left).toBe(2);
  });

  it('shows a date that is partly unknown as wide as it may be', () => {
    const told = timeline(dossier([line('Signal', 's', '2024'), line('Signal', 't', '2025-06-01')]), 2);
    const [later, year] = told.lanes[0]?.bars ?? [];
    expect((year?.to ?? 0) - (year?.from ?? 0)).toBeCloseTo(0.5, 1);
    expect((later?.to ?? 0) - (later?.from ?? 0)).toBeLessThan(0.01);
    expect(told.lanes[0]?.section).toBeNull();
  });

  it('goes back to the first date where no years are chosen, with marks that fit', () => {
    const told = timeline(dossier([line('Person', 'p', '1961-03-01')]), null);
    expect(told.lanes[0]?.bars[0]?.from).toBe(0);
    expect(told.ticks.length).toBeLessThanOrEqual(11);
    expect(told.ticks[0]?.year).toBe(1962);
    const within = told.ticks.every((tick) => tick.at >= 0 && tick.at <= 1);
    expect(within).toBe(true);
  });

  it('is empty where nothing has a date', () => {
    expect(timeline(dossier([line('Person', 'p', null)]), null).lanes).toEqual([]);
  });
});
