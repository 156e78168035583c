// Calls of the API. What comes back is what the reader may see: nothing here or above decides about access.
import { Login, type Reader } from './login';
import type { components } from './types';

type Schemas = components['schemas'];
export type NodeSummary = Schemas['NodeSummary'];
export type EdgeSummary = Schemas['EdgeSummary'];
export type Interval = Schemas['Interval'];
export type StatementLine = Schemas['StatementLine'];
export type SearchPage = Schemas['AnswerSearchPage'];
export type SearchHit = Schemas['SearchHit'];
export type Dossier = Schemas['AnswerDossierWithFlags'];
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
type Geometry = { readonly type: 'Point' | 'Polygon' | 'MultiPolygon'; readonly coordinates: unknown };
type Features<T extends { features: readonly object[] }> = Omit<T, 'features'> & { readonly features: readonly (Omit<T['features'][number], 'geometry'> & { readonly geometry: Geometry })[] };
export type Places = Features<Schemas['AnswerPlaceCollection']>;
export type Ground = Features<Schemas['AnswerGroundCollection']>;
export type Schema = Schemas['SchemaInfo'];
export type CaseLine = Schemas['CaseLine'];
export type Case = Schemas['CaseAnswer'];
export type Notice = Schemas['Notice'];
export type Deconfliction = Schemas['DeconflictionAnswer'];
export type Accumulation = Schemas['AccumulationAnswer'];
export type DeconflictionLine = Schemas['DeconflictionLine'];
export type SideLine = Schemas['SideLine'];
export type AccumulationLine = Schemas['AccumulationLine'];
export type MistakeReport = Schemas['MistakeReport'];
export type FlagLine = Schemas['FlagLine'];
export type Flag = Schemas['AnswerFlagAnswer'];
export type Verdict = Schemas['Verdict'];
export type Account = Schemas['Account'];
export type Wall = Schemas['Why'];
export type Read = Schemas['ReadLine'];
export type Source = Schemas['SourceAnswer'];
export type Delivery = Schemas['DeliveryAnswer'];
export type Scan = Schemas['ScanAnswer'];
export type ScanList = Schemas['ScanList'];
export type Mandate = Schemas['MandateAnswer'];
export type ScanDifference = Schemas['PatternDifferenceAnswer'];
export type ChartLine = Schemas['ChartLine'];
export type { Reader };

/** Look-ups that someone should ask about, as the log tells them. */
export type Oddity =
  | { readonly kind: 'own'; readonly time: string; readonly principal: string; readonly node: string }
  | { readonly kind: 'many'; readonly time: string; readonly principal: string; readonly nodes: number; readonly minutes: number };

/** For what and about which day a question is asked. */
export interface Occasion {
  readonly purpose: string;
  /** Null: today. */
  readonly asOf: string | null;
  /** Null: what is known now. */
  readonly knownAt: string | null;
  /** The case that is read under; null: none. */
  readonly caseId: string | null;
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

/** The same by what is known now: searches, flags and cases are of today. */
const now = (occasion: Occasion): Occasion => ({ ...occasion, knownAt: null });

export class Api {
  readonly login: Login;
  readonly #fetch: typeof fetch;

  constructor(fetcher: typeof fetch = (input, init) => fetch(input, init)) {
    this.#fetch = fetcher;
    this.login = new Login((method, path, body, signal) => this.#call(method, path, body, signal));
  }

  schema(signal: AbortSignal): Promise<Schema> {
    return this.#call('GET', '/schema', undefined, signal);
  }

  search(occasion: Occasion, body: Schemas['SearchRequest']): Promise<SearchPage> {
    return this.#read('POST', '/nodes/_zoek', now(occasion), body);
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

  places(occasion: Occasion, body: { nodes?: string[]; box?: number[]; nodeLabels?: string[] }): Promise<Places> {
    return this.#read('POST', '/places/_zoek', occasion, body);
  }

  /** Outlines of buildings, which are not named: the server's index of places is of today. */
  ground(occasion: Occasion, box: number[]): Promise<Ground> {
    return this.#read('POST', '/places/_ondergrond', now(occasion), { box });
  }

  cases(occasion: Occasion): Promise<Schemas['CaseList']> {
    return this.#desk('GET', '/cases', occasion);
  }

  openCase(occasion: Occasion, body: Schemas['OpenRequest']): Promise<Case> {
    return this.#desk('POST', '/cases', occasion, body);
  }

  case(occasion: Occasion, id: string): Promise<Case> {
    return this.#desk('GET', `/cases/${encodeURIComponent(id)}`, occasion);
  }

  addNote(occasion: Occasion, id: string, text: string): Promise<Case> {
    return this.#desk('POST', `/cases/${encodeURIComponent(id)}/notes`, occasion, { text });
  }

  pin(occasion: Occasion, id: string, node: string, remove = false): Promise<Case> {
    return this.#desk('POST', `/cases/${encodeURIComponent(id)}/pins`, occasion, { node, remove });
  }

  async charts(occasion: Occasion, id: string): Promise<readonly ChartLine[]> {
    const { charts } = await this.#desk<Schemas['ChartList']>('GET', `/cases/${encodeURIComponent(id)}/charts`, occasion);
    return charts;
  }

  /** A name that is there already gets a new version. */
  async saveChart(occasion: Occasion, id: string, name: string, document: object): Promise<readonly ChartLine[]> {
    const { charts } = await this.#desk<Schemas['ChartList']>('POST', `/cases/${encodeURIComponent(id)}/charts`, occasion, { name, document });
    return charts;
  }

  /** As far as the reader sees what is in it. */
  chart(occasion: Occasion, id: string, number: number, version: number): Promise<Schemas['ChartAnswer']> {
    return this.#desk('GET', `/cases/${encodeURIComponent(id)}/charts/${number}/${version}`, occasion);
  }

  /** What of the case the reader sees unmasked leaves for the case system of the organisation. */
  handOver(occasion: Occasion, id: string, explanation: string): Promise<Case> {
    return this.#desk('POST', `/cases/${encodeURIComponent(id)}/handover`, occasion, { explanation });
  }

  closeCase(occasion: Occasion, id: string): Promise<Case> {
    return this.#desk('POST', `/cases/${encodeURIComponent(id)}/close`, occasion, {});
  }

  /** Asking is filing: the other side and the coordinator are told. */
  askOthers(occasion: Occasion, id: string, node: string): Promise<Deconfliction> {
    return this.#desk('POST', `/cases/${encodeURIComponent(id)}/deconfliction`, occasion, { node });
  }

  weigh(occasion: Occasion, id: string, node: string): Promise<Accumulation> {
    return this.#desk('POST', `/cases/${encodeURIComponent(id)}/accumulation`, occasion, { node });
  }

  notices(occasion: Occasion): Promise<Schemas['NoticeList']> {
    return this.#desk('GET', '/notices', occasion);
  }

  settle(occasion: Occasion, receipt: string, state: string): Promise<Schemas['StateAnswer']> {
    return this.#desk('POST', `/deconflictions/${encodeURIComponent(receipt)}/state`, occasion, { state });
  }

  deconflictions(occasion: Occasion): Promise<Schemas['DeconflictionList']> {
    return this.#desk('GET', '/deconflictions', occasion);
  }

  accumulations(occasion: Occasion): Promise<Schemas['AccumulationList']> {
    return this.#desk('GET', '/accumulations', occasion);
  }

  mistakes(occasion: Occasion): Promise<Schemas['MistakeList']> {
    return this.#desk('GET', '/mistakes', occasion);
  }

  /** The owner of the source is told what is written here, and nothing of who wrote it but what `named` lets. */
  reportMistake(occasion: Occasion, body: Omit<Schemas['MistakeRequest'], 'case'>): Promise<MistakeReport> {
    return this.#desk('POST', '/mistakes', occasion, { ...body, case: occasion.caseId });
  }

  replyToMistake(occasion: Occasion, receipt: string, body: Schemas['MistakeReplyRequest']): Promise<MistakeReport> {
    return this.#desk('POST', `/mistakes/${encodeURIComponent(receipt)}/replies`, occasion, body);
  }

  flags(occasion: Occasion, more: Record<string, string>): Promise<Schemas['AnswerFlagPage']> {
    return this.#read('GET', '/flags', now(occasion), undefined, more);
  }

  flag(occasion: Occasion, id: string): Promise<Flag> {
    return this.#read('GET', `/flags/${encodeURIComponent(id)}`, now(occasion));
  }

  judge(occasion: Occasion, id: string, verdict: Verdict, reason: string): Promise<Schemas['ActDone']> {
    return this.#read('POST', `/flags/${encodeURIComponent(id)}/judgements`, now(occasion), { verdict, reason });
  }

  assign(occasion: Occasion, id: string, assignee: string | null): Promise<Schemas['ActDone']> {
    return this.#read('PUT', `/flags/${encodeURIComponent(id)}/assignee`, now(occasion), { assignee });
  }

  putIntoCase(occasion: Occasion, id: string, caseId: string): Promise<Schemas['ActDone']> {
    return this.#read('POST', `/flags/${encodeURIComponent(id)}/case`, now(occasion), { caseId });
  }

  reads(query: Record<string, string>, signal: AbortSignal): Promise<Schemas['Reads']> {
    return this.#call('GET', `/audit/reads?${new URLSearchParams(query)}`, undefined, signal);
  }

  async accounts(signal: AbortSignal): Promise<readonly Account[]> {
    const { accounts } = await this.#call<Schemas['Accounts']>('GET', '/audit/accounts', undefined, signal);
    return accounts;
  }

  async walls(account: string, purpose: string, signal: AbortSignal): Promise<readonly Wall[]> {
    const query = new URLSearchParams({ account, purpose });
    const { walls } = await this.#call<Schemas['Walls']>('GET', `/audit/walls?${query}`, undefined, signal);
    return walls;
  }

  async oddLookUps(signal: AbortSignal): Promise<readonly Oddity[]> {
    const { odd } = await this.#call<{ odd: readonly Oddity[] }>('GET', '/audit/odd-look-ups', undefined, signal);
    return odd;
  }

  deliveries(signal: AbortSignal): Promise<Schemas['DeliveryList']> {
    return this.#call('GET', '/deliveries', undefined, signal);
  }

  delivery(id: string, signal: AbortSignal): Promise<Delivery> {
    return this.#call('GET', `/deliveries/${encodeURIComponent(id)}`, undefined, signal);
  }

  /** The server reads the files by its own rules of the source; it answers when it has them, and loads them after that. */
  deliver(source: string, kind: string, files: readonly File[], signal: AbortSignal): Promise<Delivery> {
    const query = new URLSearchParams({ source, ...(kind ? { kind } : {}) });
    const body = new FormData();
    for (const file of files) body.append('file', file, file.name);
    return this.#call('POST', `/deliveries?${query}`, body, signal);
  }

  withdraw(id: string, signal: AbortSignal): Promise<Delivery> {
    return this.#call('DELETE', `/deliveries/${encodeURIComponent(id)}`, undefined, signal);
  }

  scans(signal: AbortSignal): Promise<ScanList> {
    return this.#call('GET', '/scans', undefined, signal);
  }

  scan(id: string, signal: AbortSignal): Promise<Scan> {
    return this.#call('GET', `/scans/${encodeURIComponent(id)}`, undefined, signal);
  }

  startScan(body: Omit<Schemas['StartScan'], 'parameters'> & { parameters: Record<string, Record<string, number>> }, signal: AbortSignal): Promise<Scan> {
    return this.#call('POST', '/scans', body, signal);
  }

  stopScan(id: string, signal: AbortSignal): Promise<void> {
    return this.#call('DELETE', `/scans/${encodeURIComponent(id)}`, undefined, signal);
  }

  async scanDifferences(id: string, other: string, signal: AbortSignal): Promise<readonly ScanDifference[]> {
    const { patterns } = await this.#call<Schemas['ScanDifferences']>('GET', `/scans/${encodeURIComponent(id)}/differences?${new URLSearchParams({ with: other })}`, undefined, signal);
    return patterns;
  }

  /** What is about cases is about today, and names its case in the path. */
  #desk<T>(method: string, path: string, occasion: Occasion, body?: unknown): Promise<T> {
    return this.#read(method, path, { ...now(occasion), asOf: null, caseId: null }, body);
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
    if (occasion.knownAt) query.set('knownAt', occasion.knownAt);
    if (occasion.caseId) query.set('case', occasion.caseId);
    return this.#call(method, `${path}?${query}`, body, occasion.signal);
  }

  async #call<T>(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    const headers: Record<string, string> = { ...this.login.headers(method) };
    const isForm = body instanceof FormData;
    if (body !== undefined && !isForm) headers['content-type'] = 'application/json';
    const request: RequestInit = { method, headers, signal: signal ?? null, cache: 'no-store', credentials: 'same-origin' };
    if (body !== undefined) request.body = isForm ? body : JSON.stringify(body);
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
