// Reads what the API answered.
import { ApiError, NetworkError } from './errors.js';
import type { TributaryError } from './errors.js';

/** Data, or an error, and whether the same request may succeed later. */
export type Reading<Data> = { data: Data } | { error: TributaryError; again: boolean; retryAfter?: string | null; unauthenticated?: boolean };

interface Answer {
  data?: unknown;
  errors?: { message: string; path?: (string | number)[]; extensions?: { code?: string; reason?: string; requestId?: string } }[];
}

// What may pass by itself. CONFLICT is no part of it: the same request would meet the same conflict.
const passing = new Set(['THROTTLED', 'UNAVAILABLE']);

export async function read<Data>(answer: Response): Promise<Reading<Data>> {
  const retryAfter = answer.headers.get('Retry-After');
  const passes = answer.status === 429 || answer.status === 503;
  let body: Answer;
  try {
    body = await answer.json() as Answer;
  } catch (cause) {
    return { error: new NetworkError(`the answer with status ${answer.status} is not the API's`, cause), again: passes || answer.status >= 502, retryAfter };
  }
  const [first] = body.errors ?? [];
  if (!first && body.data != null) return { data: body.data as Data };
  const { code = 'INTERNAL', reason = code, requestId } = first?.extensions ?? {};
  const path = (first?.path ?? []).map(String);
  const error = new ApiError(first?.message ?? `an answer with status ${answer.status}`, code, reason, path, answer.status,
    requestId ?? answer.headers.get('X-Request-Id') ?? undefined);
  return { error, again: passes || passing.has(code), retryAfter, unauthenticated: code === 'UNAUTHENTICATED' };
}
