// Who is logged in. The only file that knows how: everything else asks it for headers.
//
// The session is a cookie that scripts cannot read. What is kept here is its token for requests that change something, and,
// for this tab, that there is a session at all: asking for one that is not there would be an error in the console.
import type { components } from './types';

type Schemas = components['schemas'];
export type Reader = Pick<
  Schemas['Me'],
  'id' | 'name' | 'organisation' | 'department' | 'roles' | 'purposes' | 'isCoordinator' | 'delivers' | 'managesScans'
>;
export type LoginMethod = Schemas['LoginMethods']['methods'][number];
type Session = Schemas['CurrentSession'];

/** How a request is sent; given by the client. */
export type Send = <T>(method: string, path: string, body?: unknown, signal?: AbortSignal) => Promise<T>;

const HINT = 'verband.session';
const SAFE = ['GET', 'HEAD'];

export class Login {
  readonly #send: Send;
  #token: string | null = null;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Headers that a request needs. */
  headers(method: string): Record<string, string> {
    return this.#token && !SAFE.includes(method) ? { 'x-csrf-token': this.#token } : {};
  }

  async methods(signal?: AbortSignal): Promise<readonly LoginMethod[]> {
    const { methods } = await this.#send<Schemas['LoginMethods']>('GET', '/login-methods', undefined, signal);
    return methods;
  }

  async enter(name: string, password: string, signal: AbortSignal): Promise<Reader> {
    return this.#take(await this.#send<Session>('POST', '/sessions', { name, password }, signal));
  }

  /** Before the browser goes to the login of the own organisation: it comes back with a session. */
  leaveFor(): void {
    sessionStorage.setItem(HINT, 'yes');
  }

  /** Who was logged in before the page was loaded again; null: nobody. */
  async resume(signal: AbortSignal): Promise<Reader | null> {
    if (!sessionStorage.getItem(HINT)) return null;
    try {
      return this.#take(await this.#send<Session>('GET', '/sessions/current', undefined, signal));
    } catch {
      this.#forget();
      return null;
    }
  }

  async leave(): Promise<void> {
    try {
      await this.#send('DELETE', '/sessions/current');
    } finally {
      this.#forget();
    }
  }

  #take(session: Session): Reader {
    this.#token = session.csrfToken;
    sessionStorage.setItem(HINT, 'yes');
    return session;
  }

  #forget(): void {
    this.#token = null;
    sessionStorage.removeItem(HINT);
  }
}
