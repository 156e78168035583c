// Whose export it is, of the reader who makes one now.
import { expiry, sha256, type Authority } from '../export/authority';
import { highest } from '../graph/level';
import { desk } from './app.svelte';
import { today } from './today';

/** What an export is of. */
export interface Subject {
  /** Levels of all that is in it. */
  readonly levels: Iterable<string>;
  readonly viewDigest: string;
  /** All that is in it, as text. */
  readonly content: string;
}

export async function authorityOf({ levels, viewDigest, content }: Subject): Promise<Authority> {
  const purpose = desk.reader?.purposes.find((one) => one.id === desk.purpose);
  return {
    reader: desk.reader?.name ?? '', organisation: `${desk.reader?.organisation ?? ''}/${desk.reader?.department ?? ''}`,
    purpose: purpose?.title ?? '', ground: purpose?.ground ?? '', asOf: desk.asOf ?? today(), knownAt: desk.knownAt,
    madeOn: today(), expiresOn: expiry(new Date()), level: highest(levels), viewDigest, hash: await sha256(content),
  };
}
