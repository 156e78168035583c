// Whose export it is: who made it, for what, about which day, until when it may be kept, and of which view. It stands in
// every export, so that none travels without it.

export interface Authority {
  readonly reader: string;
  readonly organisation: string;
  readonly purpose: string;
  readonly ground: string;
  readonly asOf: string;
  /** The day whose knowledge it shows; null: that of when it was made. */
  readonly knownAt: string | null;
  readonly madeOn: string;
  readonly expiresOn: string;
  /** Highest confidentiality of what is in it, in the standard's spelling; null where that is not told. */
  readonly level: string | null;
  readonly viewDigest: string;
  /** SHA-256 of what it holds, the same in every format; null where a browser gives none (a page that came without TLS). */
  readonly hash: string | null;
}

/** SHA-256 as hexadecimal. */
export async function sha256(content: string): Promise<string | null> {
  // A browser gives it to secure pages only.
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle as SubtleCrypto | undefined;
  if (!subtle) return null;
  const digest = await subtle.digest('SHA-256', new TextEncoder().encode(content));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** How long an export may be kept. It is a copy: what is corrected or withdrawn later does not reach it. */
export const EXPORT_DAYS_MAX = 30;

export function expiry(madeOn: Date): string {
  const day = new Date(madeOn);
  day.setUTCDate(day.getUTCDate() + EXPORT_DAYS_MAX);
  return day.toISOString().slice(0, 10);
}

const line = (name: string, value: string | null | undefined): [string, string][] => (value ? [[name, value]] : []);

/** As one line per fact, in Dutch: an export leaves the screen and its language. */
export function authorityLines(authority: Authority): [string, string][] {
  return [
    ['Gemaakt door', `${authority.reader} (${authority.organisation})`],
    ['Doel', authority.purpose],
    ['Grondslag', authority.ground],
    ['Peildatum', authority.asOf],
    ...line('Kennis van', authority.knownAt),
    ['Gemaakt op', authority.madeOn],
    ['Te bewaren tot', authority.expiresOn],
    ...line('Vertrouwelijkheid', authority.level?.replaceAll('_', ' ')),
    ...line('Beeld', authority.viewDigest),
    ...line('Inhoud (SHA-256)', authority.hash),
  ];
}
