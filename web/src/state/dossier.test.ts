import { describe, expect, it } from 'vitest';
import type { Dossier, DossierLine, StatementLine } from '../api/client';
import { facts, intervalText, sections, signals, whenText } from './dossier';

function line(label: string, id: string, since: string | null, until: string | null = null): DossierLine {
  return { node: { id, label, name: id, disclosure: 'full' }, statements: [], connection: [], edgeId: id, since, until };
}

function dossier(...parts: [string, DossierLine[], DossierLine[]][]): Dossier {
  return {
    sections: parts.map(([titleNl, now, earlier]) => ({
      titleNl, titleEn: titleNl, edgeLabel: titleNl, direction: 'in', now, earlier, lineCount: now.length + earlier.length,
    })),
  } as unknown as Dossier;
}

describe('signals', () => {
  it('come in time order over all sections, each once, those without a date last', () => {
    const late = line('Signal', 'late', '2024-05-02');
    const early = line('Signal', 'early', '2019');
    const dateless = line('Signal', 'dateless', null);
    const found = signals(dossier(['A', [dateless, early], [late]], ['B', [late], []]));
    expect(found.map((signal) => signal.line.node.id)).toEqual(['late', 'early', 'dateless']);
  });

  it('have no section of their own beside that', () => {
    const told = dossier(['Signalen', [line('Signal', 's', null)], []], ['Bewoners', [], [line('Person', 'p', null)]]);
    expect(sections(told).map((section) => section.titleNl)).toEqual(['Bewoners']);
  });
});

describe('a line', () => {
  it('says from when until when it held', () => {
    expect(whenText(line('Person', 'p', '2020-01-02', '2021-03-04'), false)).toBe('2 jan 2020 tot 4 mrt 2021');
    expect(whenText(line('Person', 'p', '2020'), false)).toBe('sinds 2020');
    expect(whenText(line('Signal', 's', '2020-01-02'), true)).toBe('op 2 jan 2020');
    expect(whenText(line('Person', 'p', null), false)).toBe('begin onbekend');
  });

  it('says when a date is partly unknown', () => {
    expect(intervalText({ from: '2020', to: null, holds: 'maybe' })).toBe('sinds 2020 (datum deels onbekend)');
  });

  it('repeats neither its name nor what two sources say alike', () => {
    const said = { properties: { full_name: 'Jan', role: 'W' } } as unknown as StatementLine;
    expect(facts([said, said], ['Jan'])).toEqual([['role', 'W']]);
  });
});
