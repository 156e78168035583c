// Calls of the API. What comes back is what the reader may see: nothing here or above decides about access.
import { BasicLogin, type Reader } from './login';
import type { components } from './types';

type Schemas = components['schemas'];
export type NodeSummary = Schemas['NodeSummary'];
export type EdgeSummary = Schemas['EdgeSummary'];
export type Interval = Schemas['Interval'];
export type StatementLine = Schemas['StatementLine'];
export type SearchPage = Schemas['AnswerSearchPage'];
export type SearchHit = Schemas['SearchHit'];
export type Dossier = Schemas['AnswerDossier'];
export type DossierSection = Schemas['DossierSection'];
export type DossierLine = Schemas['DossierLine'];
export type NodeAnswer = Schemas['AnswerNodeAnswer'];
export type Preview = Schemas['AnswerNeighbourPreview'];
export type NeighbourCount = Schemas['NeighbourCount'];
export type NeighbourPage = Schemas['AnswerNeighbourPage'];
export type Subgraph = Schemas['AnswerSubgraph'];
export type ExpandRequest = Schemas['ExpandRequest'];
export type Paths = Schemas['AnswerPaths'];
export type PathRequest = Schemas['PathRequest'];
export type Network = Schemas['AnswerConnectingNetwork'];
export type Schema = Schemas['SchemaInfo'];
export type { Reader };

/** For what and about which day a question is asked. */
export interface Occasion {
  readonly purpose: string;
  /** Null: today. */
  readonly asOf: string | null;
  readonly signal: AbortSignal;
}

/** Why there is no answer, as the server tells it. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
  ) {
    super(detail);
  }
}

export class Api {
  readonly #login = new BasicLogin();
  readonly #fetch: typeof fetch;

  constructor(fetcher: typeof fetch = (input, init) => fetch(input, init)) {
    this.#fetch = fetcher;
  }

  async logIn(name: string, password: string, signal: AbortSignal): Promise<Reader> {
    this.#login.remember(name, password);
    try {
      return await this.#call<Schemas['Me']>('GET', '/me', undefined, signal);
    } catch (problem) {
      this.#login.forget();
      throw problem;
    }
  }

  async logOut(): Promise<void> {
    this.#login.forget();
  }

  schema(signal: AbortSignal): Promise<Schema> {
    return this.#call('GET', '/schema', undefined, signal);
  }

  search(occasion: Occasion, body: Schemas['SearchRequest']): Promise<SearchPage> {
    return this.#read('POST', '/nodes/_zoek', occasion, body);
  }

  dossier(occasion: Occasion, id: string): Promise<Dossier> {
    return this.#read('GET', `/dossiers/${encodeURIComponent(id)}`, occasion);
  }

  node(occasion: Occasion, id: string): Promise<NodeAnswer> {
    return this.#read('GET', `/nodes/${encodeURIComponent(id)}`, occasion);
  }

  preview(occasion: Occasion, id: string): Promise<Preview> {
    return this.#read('GET', `/nodes/${encodeURIComponent(id)}/neighbour-counts`, occasion);
  }

  neighbours(occasion: Occasion, id: string, more: Record<string, string>): Promise<NeighbourPage> {
    return this.#read('GET', `/nodes/${encodeURIComponent(id)}/neighbours`, occasion, undefined, more);
  }

  expand(occasion: Occasion, body: ExpandRequest): Promise<Subgraph> {
    return this.#read('POST', '/subgraphs/_expand', occasion, body);
  }

  paths(occasion: Occasion, body: PathRequest): Promise<Paths> {
    return this.#read('POST', '/paths/_zoek', occasion, body);
  }

  network(occasion: Occasion, body: Schemas['NetworkRequest']): Promise<Network> {
    return this.#read('POST', '/networks/_zoek', occasion, body);
  }

  #read<T>(
    method: string,
    path: string,
    occasion: Occasion,
    body?: unknown,
    more: Record<string, string> = {},
  ): Promise<T> {
    const query = new URLSearchParams({ purpose: occasion.purpose, ...more });
    if (occasion.asOf) query.set('asOf', occasion.asOf);
    return this.#call(method, `${path}?${query}`, body, occasion.signal);
  }

  async #call<T>(method: string, path: string, body: unknown, signal: AbortSignal): Promise<T> {
    const headers: Record<string, string> = { ...this.#login.headers() };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const request: RequestInit = { method, headers, signal, cache: 'no-store' };
    if (body !== undefined) request.body = JSON.stringify(body);
    const response = await this.#fetch(`/v1${path}`, request);
    const text = await response.text();
    const told = text ? (JSON.parse(text) as unknown) : null;
    if (!response.ok) {
      const problem = (told ?? {}) as Partial<Schemas['Problem']>;
      throw new Problem(response.status, problem.code ?? 'error', problem.detail ?? '');
    }
    return told as T;
  }
}
