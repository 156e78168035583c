// Texts for people, Dutch first. A text is looked up where it is shown, so a switch of language shows at once.
import en from './en.json';
import nl from './nl.json';

export type Key = keyof typeof nl;
export type Language = 'nl' | 'en';

const TEXTS: Record<Language, Record<Key, string>> = { nl, en };
const STORED = 'verband.language';

class Languages {
  current = $state<Language>(localStorage.getItem(STORED) === 'en' ? 'en' : 'nl');

  choose(language: Language): void {
    this.current = language;
    localStorage.setItem(STORED, language);
  }
}

export const languages = new Languages();

/** The text with its blanks filled. */
export function t(key: Key, blanks: Record<string, string | number> = {}): string {
  return TEXTS[languages.current][key].replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in blanks ? String(blanks[name]) : whole,
  );
}

/** The text for one, or for a number. */
export function tn(stem: StemKey, n: number): string {
  return t(`${stem}.${n === 1 ? 'one' : 'many'}` as Key, { n: number(n) });
}

type StemKey = Key extends infer K ? (K extends `${infer S}.many` ? S : never) : never;

/** The title of what the server names in both languages. */
export function titleOf(named: { titleNl: string; titleEn: string }): string {
  return languages.current === 'nl' ? named.titleNl : named.titleEn;
}

export function isKey(key: string): key is Key {
  return key in nl;
}

const locale = () => (languages.current === 'nl' ? 'nl-NL' : 'en-GB');

export function number(n: number): string {
  return n.toLocaleString(locale());
}

/** Year, month and day of a date as far as they are known, zero where not; null where nothing is. */
export function dateParts(text: string): [number, number, number] | null {
  const known = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?/.exec(text);
  return known && [Number(known[1]), Number(known[2] ?? 0), Number(known[3] ?? 0)];
}

/** A day, month or year as far as it is known: `2024-05-01`, `2024-05`, `2024`, `?`. */
export function day(text: string): string {
  const known = dateParts(text);
  if (!known) return text;
  const [year, month, date] = known;
  if (!month) return text.slice(0, 4);
  const at = new Date(Date.UTC(year, month - 1, date || 1));
  const options: Intl.DateTimeFormatOptions = { year: 'numeric', month: 'short', timeZone: 'UTC' };
  if (date) options.day = 'numeric';
  return at.toLocaleDateString(locale(), options);
}

/** A moment as the clock here has it, day and time: `27 nov 2026 23:10`. */
export function momentText(time: string, seconds = false): string {
  const at = new Date(time);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${day(`${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`)} ${at.toTimeString().slice(0, seconds ? 8 : 5)}`;
}
