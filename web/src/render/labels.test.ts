import { describe, expect, it } from 'vitest';
import { place, shorten, type Box, type Wish } from './labels';

const size = (text: string) => ({ width: text.length * 7, height: 14 });
const wish = (id: string, x: number, y: number, weight = 0): Wish => ({ id, text: `name of ${id}`, x, y, weight });
const apart = (one: Box, other: Box) =>
  one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top;

describe('names', () => {
  it('never lie on each other or on what may not be covered', () => {
    const wishes = Array.from({ length: 200 }, (_, i) => wish(`n${i}`, (i * 37) % 400, (i * 53) % 300));
    const taken = [{ left: 100, top: 100, right: 150, bottom: 150 }];
    const boxes = [...place(wishes, taken, size, () => 20).map((one) => one.box), ...taken];
    expect(boxes.length).toBeGreaterThan(10);
    for (const [i, one] of boxes.entries()) {
      for (const other of boxes.slice(i + 1)) expect(apart(one, other)).toBe(true);
    }
  });

  it('that matter most come first', () => {
    const placed = place([wish('small', 0, 0), wish('great', 0, 0, 9)], [], size, () => 0);
    expect(placed[0]?.id).toBe('great');
  });

  it('are shortened when they are long', () => {
    expect(shorten('Zeshoek & Dijkzicht Verhuur B.V.')).toBe('Zeshoek & Dijkzicht Verhu…');
    expect(shorten('Jan')).toBe('Jan');
  });
});
