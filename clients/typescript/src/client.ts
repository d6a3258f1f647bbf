// Sends typed documents, with the caller's credential, and again where that is safe.
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
import { ApiError, NetworkError } from './errors.js';
import { isRepeatable } from './idempotency.js';
import { defaultRetry, withRetries } from './retry.js';
import type { RetryOptions, Sleep } from './retry.js';
import { read } from './answer.js';
import type { Reading } from './answer.js';

/** A document with the types of what it takes and gives, as those of `generated/graphql` are. */
export type TypedDocument<Result, Variables> = DocumentTypeDecoration<Result, Variables> & {
  toString(): string;
  /** With the hash by which the API knows the document: it is sent in the document's place. */
  __meta__?: Record<string, any> | undefined;
};

/** An API key or token, or where the token of the moment comes from. */
export type Auth = string | {
  /** The token to send; nothing sends none. */
  token(): string | undefined | Promise<string | undefined>;
  /** Gets another token after one was refused. Requests that are refused meanwhile wait for the same call. */
  refresh?(): Promise<void>;
};

/** What a client is made of. */
export interface ClientOptions {
  /** The address of the API, as https://partners.example.com/graphql. */
  endpoint: string;
  auth?: Auth;
  retry?: Partial<RetryOptions>;
  /** How long one attempt may take; 30 seconds when left out. */
  timeoutMs?: number;
  /** Stands in for fetch and for waiting, in tests. */
  fetch?: typeof fetch;
  sleep?: Sleep;
}

/** What concerns one request alone. */
export interface RequestOptions {
  /** Gives the request up, with its retries. */
  signal?: AbortSignal;
}

type Given<Variables> = Record<string, never> extends Variables
  ? [variables?: Variables, options?: RequestOptions]
  : [variables: Variables, options?: RequestOptions];

export const createClient = (options: ClientOptions): Client => new Client(options);

export class Client {
  readonly #options: ClientOptions;
  readonly #retry: RetryOptions;
  #refreshing: Promise<void> | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#retry = { ...defaultRetry, ...options.retry };
  }

  /**
   * Gives the data of a document. Throws ApiError for what the API refuses, NetworkError when no answer came. A query, or
   * a mutation with an idempotencyKey, is sent again after 429, 503 and lost answers; any other mutation is sent once.
   */
  async request<Result, Variables>(document: TypedDocument<Result, Variables>, ...[variables, options]: Given<Variables>): Promise<Result> {
    const query = document.toString();
    const whole = JSON.stringify({ query, variables });
    const documentId = document.__meta__?.['hash'];
    let body = documentId ? JSON.stringify({ documentId, variables }) : whole;
    const repeatable = isRepeatable(query, variables);
    const wait = this.#options.sleep ?? ((ms) => pause(ms, options?.signal));
    return withRetries(async () => {
      let reading = await this.#sendSignedIn<Result>(body, options?.signal);
      if (body !== whole && isUnknown(reading)) { // the API is of another release
        body = whole;
        reading = await this.#sendSignedIn<Result>(body, options?.signal);
      }
      if ('data' in reading) return { answer: reading.data };
      options?.signal?.throwIfAborted();
      return { ...reading, again: reading.again && repeatable };
    }, this.#retry, wait);
  }

  // A refused token is refreshed once. Nothing was done with it, so any request may be sent again.
  async #sendSignedIn<Result>(body: string, signal?: AbortSignal): Promise<Reading<Result>> {
    const { auth } = this.#options;
    const token = await tokenOf(auth);
    const reading = await this.#send<Result>(body, token, signal);
    if (!('unauthenticated' in reading && reading.unauthenticated) || typeof auth !== 'object' || !auth.refresh) return reading;
    if (await tokenOf(auth) === token) await this.#refresh(auth.refresh.bind(auth));
    return this.#send<Result>(body, await tokenOf(auth), signal);
  }

  #refresh(refresh: () => Promise<void>): Promise<void> {
    this.#refreshing ??= refresh().finally(() => { this.#refreshing = undefined; });
    return this.#refreshing;
  }

  async #send<Result>(body: string, token: string | undefined, signal?: AbortSignal): Promise<Reading<Result>> {
    const { endpoint, timeoutMs = 30_000, fetch: send = fetch } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    const headers: Record<string, string> = { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' };
    if (token) headers['Authorization'] = `Bearer ${token}`;
    try {
      const answer = await send(endpoint, {
        method: 'POST', credentials: 'omit', headers, body, signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      return await read<Result>(answer);
    } catch (cause) {
      return { error: new NetworkError('no answer came', cause), again: true };
    }
  }
}

const isUnknown = (reading: Reading<unknown>): boolean =>
  'error' in reading && reading.error instanceof ApiError && reading.error.kind === 'PERSISTED_QUERY_NOT_FOUND';

async function tokenOf(auth: Auth | undefined): Promise<string | undefined> {
  return typeof auth === 'object' ? auth.token() : auth;
}

// pause ends early when the request is given up.
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => { clearTimeout(timer); reject(signal?.reason); };
    const timer = setTimeout(() => { signal?.removeEventListener('abort', giveUp); resolve(); }, ms);
    signal?.addEventListener('abort', giveUp, { once: true });
  });
}
