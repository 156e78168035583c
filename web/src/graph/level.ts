// How confidential something is, low to high: `vertrouwelijkheidaanduiding` of the ZGW standard.
const LEVELS = ['openbaar', 'beperkt_openbaar', 'intern', 'zaakvertrouwelijk', 'vertrouwelijk', 'confidentieel', 'geheim', 'zeer_geheim'];

/** The highest of some levels. One that is not known is taken for the highest there is. */
export function highest(levels: Iterable<string>): string | null {
  let rank = -1;
  for (const level of levels) {
    const known = LEVELS.indexOf(level);
    rank = Math.max(rank, known < 0 ? LEVELS.length - 1 : known);
  }
  return LEVELS[rank] ?? null;
}
