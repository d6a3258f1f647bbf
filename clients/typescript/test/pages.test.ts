import { test } from 'node:test';
import assert from 'node:assert/strict';
import { accepted, entries, InputError } from '../src/index.js';
import type { TypedDocument } from '../src/index.js';
import { ok, scripted } from './fake.js';

interface Things { things: { nodes: number[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } | null }
const document = 'query Things($after: String) { things }' as TypedDocument<Things, { after?: string | null; first: number }>;
const page = (nodes: number[], endCursor: string | null, hasNextPage = true) => ok({ things: { nodes, pageInfo: { hasNextPage, endCursor } } });

async function all(answers: Response[]): Promise<number[]> {
  const { client } = scripted(answers);
  const found: number[] = [];
  for await (const entry of entries(client, document, { first: 2 }, ({ things }) => things)) found.push(entry);
  return found;
}

test('every entry is given once, in order, over pages that may be empty', async () => {
  assert.deepEqual(await all([page([1, 2], 'b'), page([], 'c'), page([3], 'd', false)]), [1, 2, 3]);
});

test('the next page is asked for when it is needed, with what the first was asked with', async () => {
  const { client, sent } = scripted([page([1, 2], 'b'), page([3], 'c')]);
  for await (const entry of entries(client, document, { first: 2 }, ({ things }) => things)) if (entry === 3) break;
  assert.deepEqual(sent.map(({ body }) => body.variables), [{ first: 2 }, { first: 2, after: 'b' }]);
});

test('a server that never ends is noticed', async () => {
  await assert.rejects(all([page([1], 'a'), page([1], 'a')]), { code: 'CURSOR_MISSING' });
  await assert.rejects(all([page([1], null)]), { code: 'CURSOR_MISSING' });
  await assert.rejects(all([ok({ things: null })]), { code: 'NOT_FOUND' });
});

test('a payload with user errors is thrown, with the first of them in front', () => {
  const userErrors = [{ field: ['conversion', 'amount'], message: 'no amount', code: 'AMOUNT_INVALID' }, { message: 'more', code: 'OTHER' }];
  assert.throws(() => accepted({ userErrors }), (error: InputError) => {
    assert.deepEqual([error.name, error.code, error.field, error.message, error.userErrors.length], ['InputError', 'AMOUNT_INVALID', ['conversion', 'amount'], 'no amount', 2]);
    return true;
  });
  assert.deepEqual(accepted({ userErrors: [], link: 1 }), { userErrors: [], link: 1 });
  assert.throws(() => accepted(null), { code: 'NETWORK' });
});
