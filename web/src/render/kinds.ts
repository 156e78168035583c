// What labels look like: a shape, an icon and a letter, and only then a colour. One table for canvas, lists and exports.
import type { Language } from '../messages/index.svelte';

export const SHAPES = ['circle', 'square', 'diamond', 'hexagon', 'triangle', 'pentagon', 'wedge', 'octagon'] as const;
export type Shape = (typeof SHAPES)[number];

export interface Kind {
  readonly shape: Shape;
  readonly letter: Record<Language, string>;
  /** Name of its colour among the design tokens: `--kind-…`. */
  readonly token: string;
  /** Strokes in a square of 16. */
  readonly icon: string;
}

const kind = (shape: Shape, letter: string, token: string, icon: string): Kind => ({
  shape,
  letter: { nl: letter[0] ?? '', en: letter[1] ?? letter[0] ?? '' },
  token,
  icon,
});

const HOUSE = 'M2.5 8 8 3l5.5 5M4 7v6h8V7M7 13V9.5h2V13';
const KINDS: Record<string, Kind> = {
  Person: kind('circle', 'P', 'person', 'M8 8.2a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4ZM3 13.5c.4-2.6 2.3-4 5-4s4.6 1.4 5 4'),
  Address: kind('square', 'A', 'address', HOUSE),
  Building: kind('square', 'DB', 'building', 'M4 13.5v-11h8v11M6.5 5h.1M9.5 5h.1M6.5 8h.1M9.5 8h.1M7 13.5V11h2v2.5'),
  Company: kind('hexagon', 'OC', 'company', 'M2.5 6h11v7h-11ZM6 6V3.5h4V6M2.5 9h11'),
  Branch: kind('hexagon', 'VB', 'branch', 'M2.5 6.5 4 3h8l1.5 3.5M3.5 7v6h9V7M2.5 6.5h11M6.5 13V9.5h3V13'),
  Signal: kind('triangle', 'S', 'signal', 'M8 3.5v5.5M8 11.8v.2'),
  Permit: kind('wedge', 'GP', 'permit', 'M4.5 2.5h5l2.5 2.5v8.5h-7.5ZM6.5 7.5h3.5M6.5 10h3.5'),
  Parcel: kind('diamond', 'KL', 'parcel', 'M4 4.5 8 3l4 1.5v7L8 13l-4-1.5ZM8 3v10'),
  Vehicle: kind('pentagon', 'TV', 'vehicle', 'M3 11V8.5L4.5 5h7L13 8.5V11ZM3 8.5h10M5 11v1.5M11 11v1.5'),
  Case: kind('octagon', 'ZC', 'case', 'M2.5 4.5h4l1.2 1.5h5.8v6.5h-11Z'),
  Street: kind('diamond', 'R', 'place', 'M6 13 7 3M10 13 9 3M8 4v1.5M8 7.5V9M8 11v1.5'),
  Place: kind('diamond', 'WT', 'place', 'M8 13.5C5 10.5 4 8.7 4 6.800a4 4 0 0 1 8 0c0 1.9-1 3.7-4 6.700ZM8 8a1.2 1.2 0 1 0 0-2.400A1.2 1.2 0 0 0 8 8Z'),
  Municipality: kind('diamond', 'M', 'place', 'M2.5 13h11M3.5 13V7.500M6.5 13V7.500M9.5 13V7.500M12.5 13V7.500M2.5 6.5 8 3l5.5 3.500Z'),
  // Groups: two of their kind.
  'group:household': kind('octagon', 'HH', 'person', 'M5.5 7.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM10.8 8a1.7 1.7 0 1 0 0-3.400M2.3 13c.3-2.300 1.500-3.500 3.200-3.500S8.500 10.700 8.800 13M10.800 9.800c1.700 0 2.700 1.100 3 3.200'),
  'group:building': kind('octagon', 'PB', 'building', 'M2.500 13.500V6.500H7v7M7 13.500v-11h6.500v11M9.200 5.500h.1M11.300 5.500h.1M9.200 8.500h.1M11.300 8.500h.1M4.700 9h.1M4.700 11h.1'),
  'group:company': kind('octagon', 'BF', 'company', 'M6 2.500h4v3.200H6ZM2.500 10.300h4v3.200h-4ZM9.500 10.300h4v3.200h-4ZM8 5.700V8M4.500 10.300V8h7v2.300'),
  'group:chosen': kind('octagon', 'GG', 'other', 'M3 3h4v4H3ZM9 3h4v4H9ZM3 9h4v4H3ZM9 9h4v4H9Z'),
};

/** A label that only a delivery knows has no kind of its own: a circle with its first letter. */
export function kindOf(label: string): Kind {
  return KINDS[label] ?? kind('circle', label.slice(0, 1).toUpperCase() || '?', 'other', 'M8 8h.1M5 8h.1M11 8h.1');
}

/** Regular polygons, so that one formula draws them in a shader too: how many corners, by what part of a corner turned, and how
 * large, so that all look equally large. A circle has no corners. */
export const GEOMETRY: Record<Shape, { readonly corners: number; readonly turn: number; readonly radius: number }> = {
  circle: { corners: 0, turn: 0, radius: 1 },
  square: { corners: 4, turn: 0.5, radius: 1.25 },
  diamond: { corners: 4, turn: 0, radius: 1.25 },
  hexagon: { corners: 6, turn: 0.5, radius: 1.12 },
  triangle: { corners: 3, turn: 0, radius: 1.4 },
  wedge: { corners: 3, turn: 0.5, radius: 1.4 },
  pentagon: { corners: 5, turn: 0, radius: 1.18 },
  octagon: { corners: 8, turn: 0.5, radius: 1.08 },
};

/** Corners around 0, 0, with y downwards. */
export function corners(shape: Shape): readonly (readonly [number, number])[] {
  const { corners: count, turn, radius } = GEOMETRY[shape];
  return Array.from({ length: count }, (_, i) => {
    const angle = ((i + turn) / count) * 2 * Math.PI - Math.PI / 2;
    return [Math.cos(angle) * radius, Math.sin(angle) * radius];
  });
}
