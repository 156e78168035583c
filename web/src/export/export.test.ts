import { describe, expect, it } from 'vitest';
import { add, EMPTY, hide, move, note, pin, seen } from '../graph/chart';
import { expiry, sha256, type Authority } from './authority';
import { highest } from '../graph/level';
import { NotAChart, places, read, write } from './document';
import { content, csv, gexf, graphml, i2, json, svg } from './formats';

const authority: Authority = {
  reader: 'Inge Spanjer', organisation: 'gemeente', purpose: 'Woonfraude', ground: 'Huisvestingswet', asOf: '2026-11-24', knownAt: '2026-10-01',
  madeOn: '2026-11-25', expiresOn: '2026-12-25', level: 'vertrouwelijk', viewDigest: 'a1b2c3', hash: 'ff00',
};
const id = (letter: string) => letter.repeat(13);
const node = (letter: string, name: string, label = 'Person') => ({ id: id(letter), label, name, disclosure: 'full', level: 'intern' });
const chart = add(
  EMPTY,
  {
    nodes: [node('a', 'Ann <"&> Doe'), node('b', '=HYPERLINK("x")', 'Company'), node('c', 'Geheim')],
    edges: [
      { id: id('e'), label: 'OWNS', from: id('a'), to: id('b'), intervals: [{ from: '2020-01-01', to: null, holds: 'yes' }], level: 'intern' },
      { id: id('f'), label: 'KNOWS', from: id('a'), to: id('c'), intervals: [], level: 'intern' },
    ],
  },
  new Map([[id('a'), { x: 1.25, y: 2 }]]),
);
const theme = { ink: '#000', soft: '#555', paper: '#fff', accent: '#00f', warn: '#a50', focus: '#f80', ground: '#eee', building: '#ddd', edge: '#999', edgeStrong: '#333', font: 'sans', kind: () => '#123' };

describe('each export', () => {
  const shown = seen(hide(chart, new Set([id('c')])));
  for (const [name, text] of [
    ['csv', csv(shown, authority)], ['graphml', graphml(shown, authority)], ['gexf', gexf(shown, authority)], ['i2', i2(shown, authority)], ['json', json(shown, authority)], ['svg', svg(shown, authority, theme)],
  ] as const) {
    it(`${name} carries its authority and nothing that is not shown`, () => {
      for (const fact of Object.values(authority)) expect(text).toContain(fact);
      expect(text).not.toContain('Geheim');
      expect(text).not.toContain(id('c'));
    });
  }

  it('in XML is well formed, whatever names hold', () => {
    for (const text of [graphml(shown, authority), svg(shown, authority, theme), gexf(shown, authority)]) {
      const parsed = new DOMParser().parseFromString(text, 'application/xml');
      expect(parsed.querySelector('parsererror')).toBeNull();
      const names = [parsed.documentElement.textContent, ...[...parsed.querySelectorAll('node')].map((one) => one.getAttribute('label'))];
      expect(names.join('\n')).toContain('Ann <"&> Doe');
    }
  });

  it('in CSV holds no formula and keeps rows whole', () => {
    const rows = csv(shown, authority).split('\r\n');
    expect(rows.find((row) => row.includes('OWNS'))).toBe(
      `${id('a')},Person,"Ann <""&> Doe",OWNS,${id('b')},Company,"'=HYPERLINK(""x"")",2020-01-01,`,
    );
  });

  it('for i2 has a link a row, without formulas, and what stands alone', () => {
    const alone = i2(seen(add(EMPTY, { nodes: [node('d', 'Los')], edges: [] }, new Map())), authority).split('\r\n');
    expect(alone[1]).toMatch(/^Person,d+,Los,,,,,,,"Gemaakt door/);
    const rows = i2(shown, authority).split('\r\n');
    expect(rows[0]?.split(',')).toHaveLength(10);
    expect(rows[1]).toContain(`Company,${id('b')},"'=HYPERLINK(""x"")",OWNS,2020-01-01,,`);
  });

  it('may be kept for thirty days', () => {
    expect(expiry(new Date('2026-11-25T10:00:00Z'))).toBe('2026-12-25');
  });
});

describe('a chart as a document', () => {
  const written = JSON.stringify(write(hide(pin(note(chart, id('a'), 'my note'), new Set([id('a')]), true), new Set([id('c')]))));

  it('holds identifiers and places only', () => {
    for (const secret of ['Ann', 'Geheim', 'my note', 'OWNS', 'Person']) expect(written).not.toContain(secret);
  });

  it('is read back as it was written', () => {
    expect(JSON.stringify(read(written))).toBe(written);
    expect(places(read(written)).get(id('a'))).toEqual({ x: 1.3, y: 2 });
  });

  it('is refused when it is none', () => {
    const broken = ['', 'null', '{}', '[]', written.replace('verband-chart', 'other'), written.replaceAll(id('a'), 'x'), written.replace('1.3', '"1"'), written.replace('"version":1', '"version":2')];
    for (const text of broken) expect(() => read(text)).toThrow(NotAChart);
  });
});

describe('the authority', () => {
  it('has the highest level of what is shown, and one nobody knows is the highest', () => {
    expect(highest([])).toBeNull();
    expect(highest(['intern', 'openbaar', 'vertrouwelijk', 'intern'])).toBe('vertrouwelijk');
    expect(highest(['intern', 'topgeheim'])).toBe('zeer_geheim');
  });

  it('has a hash of what is shown, wherever it lies', async () => {
    const whole = seen(chart);
    const moved = seen(move(chart, new Map([[id('a'), { x: 40, y: 50 }]])));
    const less = seen(hide(chart, new Set([id('c')])));
    expect(await sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(content(moved)).toBe(content(whole));
    expect(content(less)).not.toBe(content(whole));
  });
});
