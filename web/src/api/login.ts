// Who is logged in. The only file that knows how: everything else asks it for headers.
import type { components } from './types';

export type Reader = Pick<
  components['schemas']['Me'],
  'id' | 'name' | 'organisation' | 'department' | 'roles' | 'purposes'
>;

/** How requests show who sends them. */
export interface Login {
  /** Headers that a request needs; unsafe ones need more. */
  headers(method: string): Record<string, string>;
  /** Forgets whoever was logged in. */
  forget(): void;
}

/** Name and password with each request, kept in memory only: closing the page logs out. */
export class BasicLogin implements Login {
  #authorization: string | null = null;

  remember(name: string, password: string): void {
    const bytes = new TextEncoder().encode(`${name}:${password}`);
    this.#authorization = `Basic ${btoa(String.fromCharCode(...bytes))}`;
  }

  headers(): Record<string, string> {
    return this.#authorization ? { authorization: this.#authorization } : {};
  }

  forget(): void {
    this.#authorization = null;
  }
}
