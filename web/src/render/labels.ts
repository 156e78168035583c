// Which names there is room for. Names never lie on each other: what matters most comes first, the others show when one
// comes nearer.

export interface Wish {
  readonly id: string;
  readonly text: string;
  /** Middle and lower edge of its node, on the screen. */
  readonly x: number;
  readonly y: number;
  /** Greater first. */
  readonly weight: number;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Placed extends Wish {
  readonly box: Box;
}

/** Longest name that is drawn, in letters; the list has it whole. */
export const NAME_LETTERS_MAX = 26;

export function shorten(text: string): string {
  return text.length > NAME_LETTERS_MAX ? `${text.slice(0, NAME_LETTERS_MAX - 1).trimEnd()}…` : text;
}

const CELL = 64;
const GAP = 3;

/** A set of boxes that can be asked whether there is room. */
export class Room {
  readonly #cells = new Map<number, Box[]>();

  /** The cells that a box lies in, each as one number: texts as keys cost more than all else here. */
  #around(box: Box): number[] {
    const keys: number[] = [];
    const [right, bottom] = [Math.floor(box.right / CELL), Math.floor(box.bottom / CELL)];
    for (let x = Math.floor(box.left / CELL); x <= right; x += 1) {
      for (let y = Math.floor(box.top / CELL); y <= bottom; y += 1) keys.push(x * 0x1_0000 + y);
    }
    return keys;
  }

  isFree(box: Box): boolean {
    for (const key of this.#around(box)) {
      for (const other of this.#cells.get(key) ?? []) {
        const apart = box.right <= other.left || other.right <= box.left || box.bottom <= other.top || other.bottom <= box.top;
        if (!apart) return false;
      }
    }
    return true;
  }

  take(box: Box): void {
    for (const key of this.#around(box)) {
      const cell = this.#cells.get(key);
      if (cell) cell.push(box);
      else this.#cells.set(key, [box]);
    }
  }
}

/** The names there is room for, below their nodes or, failing that, above; `taken` are boxes of what may not be covered. */
export function place(
  wishes: readonly Wish[],
  taken: readonly Box[],
  size: (text: string) => { width: number; height: number },
  lift: (wish: Wish) => number,
): Placed[] {
  const room = new Room();
  for (const box of taken) room.take(box);
  const placed: Placed[] = [];
  const byWeight = [...wishes].sort((one, other) => other.weight - one.weight || (one.id < other.id ? -1 : 1));
  for (const wish of byWeight) {
    const { width, height } = size(wish.text);
    for (const top of [wish.y + GAP, wish.y - lift(wish) - height - GAP]) {
      const box = { left: wish.x - width / 2 - GAP, top, right: wish.x + width / 2 + GAP, bottom: top + height };
      if (!room.isFree(box)) continue;
      room.take(box);
      placed.push({ ...wish, box });
      break;
    }
  }
  return placed;
}
