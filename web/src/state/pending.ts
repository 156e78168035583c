// Charts that a screen wants on the table: the graph, which comes as a part of its own, takes them when it opens.
import type { ChartDocument } from '../export/document';

/** One to open; a second one is laid beside it and compared. */
export const pending: { documents: readonly ChartDocument[] } = { documents: [] };

export function taken(): readonly ChartDocument[] {
  const { documents } = pending;
  pending.documents = [];
  return documents;
}
