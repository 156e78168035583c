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
  readonly viewDigest: string;
}

/** How long an export may be kept. It is a copy: what is corrected or withdrawn later does not reach it. */
export const EXPORT_DAYS_MAX = 30;

export function expiry(madeOn: Date): string {
  const day = new Date(madeOn);
  day.setUTCDate(day.getUTCDate() + EXPORT_DAYS_MAX);
  return day.toISOString().slice(0, 10);
}

/** As one line per fact, in Dutch: an export leaves the screen and its language. */
export function authorityLines(authority: Authority): [string, string][] {
  return [
    ['Gemaakt door', `${authority.reader} (${authority.organisation})`],
    ['Doel', authority.purpose],
    ['Grondslag', authority.ground],
    ['Peildatum', authority.asOf],
    ...(authority.knownAt ? [['Kennis van', authority.knownAt] as [string, string]] : []),
    ['Gemaakt op', authority.madeOn],
    ['Te bewaren tot', authority.expiresOn],
    ['Beeld', authority.viewDigest],
  ];
}
