// Who reads, for what, and about which day; and the one way to ask.
//
// INVARIANT (no late answers): an answer lands only in the epoch in which its question was asked. Another reader, purpose or
// day begins a new epoch: open requests are broken off, what was fetched is forgotten, and an answer that still comes is
// dropped. Landing is synchronous after the check, so no turn can come between.
import { untrack } from 'svelte';
import { Api, Problem, type Occasion, type Reader, type Schema } from '../api/client';

/** What an epoch is about. */
export interface Turn {
  readonly reader?: Reader | null;
  readonly purpose?: string | null;
  readonly asOf?: string | null;
  readonly knownAt?: string | null;
  readonly reading?: { readonly id: string; readonly title: string } | null;
}

/** Told to those who hold answers: forget them. `sameReader` is false where another may sit down. */
export type Forget = (sameReader: boolean) => void;

export class Desk {
  reader = $state<Reader | null>(null);
  schema = $state<Schema | null>(null);
  purpose = $state<string | null>(null);
  /** Null: today. */
  asOf = $state<string | null>(null);
  /** The day whose knowledge counts; null: today's. What was corrected or became known later then does not. */
  knownAt = $state<string | null>(null);
  /** The case that is read under: then only what lies within its reach shows. */
  reading = $state.raw<{ readonly id: string; readonly title: string } | null>(null);
  /** How many questions are open. */
  open = $state(0);
  /** Moves when the reader, purpose or day does. */
  epoch = $state(0);

  /** Whether the reader oversees the log. */
  get oversees(): boolean {
    return this.reader?.roles.includes('privacy-officer') ?? false;
  }

  /** Whether the reader administers anything: deliveries or scans. */
  get administers(): boolean {
    return (this.reader?.delivers || this.reader?.managesScans) ?? false;
  }

  readonly api: Api;
  #breakOff = new AbortController();
  #forgetters = new Set<Forget>();

  constructor(api: Api = new Api()) {
    this.api = api;
  }

  /** Calls back whenever answers must be forgotten; gives a function that ends it. */
  onTurn(forget: Forget): () => void {
    this.#forgetters.add(forget);
    return () => this.#forgetters.delete(forget);
  }

  /** Begins a new epoch. */
  turn(change: Turn): void {
    const sameReader = change.reader === undefined;
    this.#breakOff.abort();
    this.#breakOff = new AbortController();
    this.epoch += 1;
    this.open = 0;
    if (change.reader !== undefined) {
      this.reader = change.reader;
      this.purpose = null;
      this.asOf = null;
      this.knownAt = null;
      this.reading = null;
      if (!change.reader) this.schema = null;
    }
    if (change.purpose !== undefined) {
      this.purpose = change.purpose;
      // A case serves one purpose.
      this.reading = null;
    }
    if (change.reading !== undefined) this.reading = change.reading;
    if (change.asOf !== undefined) this.asOf = change.asOf;
    if (change.knownAt !== undefined) this.knownAt = change.knownAt;
    for (const forget of this.#forgetters) forget(sameReader);
  }

  /** Asks under the purpose and day of now, and lands the answer if they are still those of then. False: it came too late. */
  async ask<T>(
    question: (api: Api, occasion: Occasion) => Promise<T>,
    land: (answer: T) => void,
  ): Promise<boolean> {
    // What asks may be an effect: it is to run again when it says so, not when a question is opened or closed.
    return untrack(() => {
      const { purpose, asOf, knownAt, reading } = this;
      if (!purpose) return Promise.resolve(false);
      return this.#inEpoch((signal) => question(this.api, { purpose, asOf, knownAt, caseId: reading?.id ?? null, signal }), land);
    });
  }

  /** Asks what is asked for no purpose: the log, by who oversees it; deliveries and scans, by who administers them. */
  oversee<T>(question: (api: Api, signal: AbortSignal) => Promise<T>, land: (answer: T) => void): Promise<boolean> {
    return untrack(() => this.#inEpoch((signal) => question(this.api, signal), land));
  }

  async logIn(name: string, password: string): Promise<boolean> {
    const landed = await this.#enter((signal) => this.api.login.enter(name, password, signal));
    // It came too late: whoever sits here now did not ask for this session.
    if (!landed) await this.api.login.leave().catch(() => {});
    return landed;
  }

  /** Goes on with the session that the page had before it was loaded again. */
  async resume(): Promise<boolean> {
    return this.#enter((signal) => this.api.login.resume(signal));
  }

  async logOut(): Promise<void> {
    // The screen is emptied first: whatever the server says, the next reader finds nothing.
    this.turn({ reader: null });
    await this.api.login.leave();
  }

  #enter(ask: (signal: AbortSignal) => Promise<Reader | null>): Promise<boolean> {
    return this.#inEpoch(
      async (signal) => {
        const reader = await ask(signal);
        return { reader, schema: reader ? await this.api.schema(signal) : null };
      },
      ({ reader, schema }) => {
        if (!reader) return;
        this.turn({ reader });
        this.schema = schema;
      },
    );
  }

  async #inEpoch<T>(
    question: (signal: AbortSignal) => Promise<T>,
    land: (answer: T) => void,
  ): Promise<boolean> {
    const { epoch } = this;
    this.open += 1;
    try {
      const answer = await question(this.#breakOff.signal);
      if (epoch !== this.epoch) return false;
      land(answer);
      return true;
    } catch (error) {
      if (epoch !== this.epoch) return false;
      if (error instanceof Problem && error.status === 401 && this.reader) this.turn({ reader: null });
      throw error;
    } finally {
      if (epoch === this.epoch) this.open -= 1;
    }
  }
}
