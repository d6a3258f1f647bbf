// A fetch that answers from a list, and notes what it was asked.
import assert from 'node:assert/strict';
import { createClient } from '../src/index.js';
import type { ClientOptions, TypedDocument } from '../src/index.js';

export interface Sent { authorization: string | null; body: { query?: string; documentId?: string; variables?: { input?: { idempotencyKey?: string } } } }
type Scripted = Response | Error | ((sent: Sent) => Response);

export const ok = (data: unknown): Response => Response.json({ data });
export const refused = (code: string, status = 200, headers: Record<string, string> = {}): Response =>
  Response.json({ errors: [{ message: 'no', path: ['x'], extensions: { code, reason: `${code}_FINE`, requestId: 'r1' } }] }, { status, headers });

export const query = 'query Q { x }' as TypedDocument<{ x: number }, Record<string, never>>;
export const mutation = 'mutation M($input: I!) { x(input: $input) }' as TypedDocument<{ x: number }, { input: { idempotencyKey?: string } }>;

export function scripted(answers: Scripted[], options: Partial<ClientOptions> = {}) {
  const sent: Sent[] = [];
  const waits: number[] = [];
  const client = createClient({
    endpoint: 'https://api.example/graphql',
    fetch: async (_url, init) => {
      const request: Sent = { authorization: new Headers(init?.headers).get('Authorization'), body: JSON.parse(String(init?.body)) };
      sent.push(request);
      const next = answers.shift();
      assert.ok(next, 'one request too many');
      if (next instanceof Error) throw next;
      return typeof next === 'function' ? next(request) : next;
    },
    sleep: async (ms) => { waits.push(ms); },
    ...options,
  });
  return { client, sent, waits, left: answers };
}
