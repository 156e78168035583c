import { afterEach, describe, expect, it } from 'vitest';
import en from './en.json';
import nl from './nl.json';
import { day, languages, momentText, t, tn } from './index.svelte';

const blanks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

afterEach(() => languages.choose('nl'));

describe('the message files', () => {
  it('have the same keys', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(nl).sort());
  });

  it('have the same blanks in each text, and no empty text', () => {
    for (const [key, text] of Object.entries(nl)) {
      const other = (en as Record<string, string>)[key] ?? '';
      expect([key, blanks(other)]).toEqual([key, blanks(text)]);
      expect(text.trim() && other.trim(), key).not.toBe('');
    }
  });

  it('have short sentences in Dutch', () => {
    for (const [key, text] of Object.entries(nl)) {
      for (const sentence of text.split(/[.!?:] /)) {
        expect(sentence.split(' ').length, `${key}: ${sentence}`).toBeLessThanOrEqual(20);
      }
    }
  });
});

describe('a text', () => {
  it('has its blanks filled, in the language of the moment', () => {
    expect(t('when.since', { day: '1 mei' })).toBe('sinds 1 mei');
    expect(tn('search.found', 1)).toBe('1 gevonden');
    languages.choose('en');
    expect(tn('search.found', 1200)).toBe('1,200 found');
  });

  it('tells no more of a date than is known', () => {
    expect(day('2024-05-01')).toBe('1 mei 2024');
    expect(day('2024-05')).toBe('mei 2024');
    expect(day('2024')).toBe('2024');
    expect(day('?')).toBe('?');
  });

  it('tells a moment by the clock here, day and time of the same place', () => {
    for (const hours of [0, 12, 23]) {
      const moment = new Date(2026, 0, 31, hours, 30, 5).toISOString();
      expect(momentText(moment)).toBe(`31 jan 2026 ${String(hours).padStart(2, '0')}:30`);
      expect(momentText(moment, true)).toBe(`31 jan 2026 ${String(hours).padStart(2, '0')}:30:05`);
    }
  });
});
