import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ApiError, NetworkError, newIdempotencyKey } from '../src/index.js';
import { mutation, ok, query, refused, scripted } from './fake.js';

const lost = () => new TypeError('fetch failed');

test('a query is sent again after a lost answer, 429, 503 and UNAVAILABLE', async () => {
  const { client, sent, waits } = scripted([lost(), refused('UNAVAILABLE'), new Response('busy', { status: 503 }), ok({ x: 1 })]);
  assert.deepEqual(await client.request(query), { x: 1 });
  assert.equal(sent.length, 4);
  assert.ok(waits.every((wait, n) => wait <= 250 * 2 ** n), `waits ${waits}`);
});

test('what the server asks for is waited, in seconds or up to a date', async () => {
  const date = new Date(Date.now() + 20_000).toUTCString();
  const { client, waits } = scripted([refused('THROTTLED', 429, { 'Retry-After': '7' }), refused('THROTTLED', 429, { 'Retry-After': date }), ok({ x: 1 })]);
  await client.request(query);
  const [seconds, untilDate = 0] = waits;
  assert.equal(seconds, 7000);
  assert.ok(untilDate > 15_000 && untilDate <= 20_000, `${untilDate}`);
});

test('a server that asks for too long is not waited for', async () => {
  const { client, waits } = scripted([refused('THROTTLED', 429, { 'Retry-After': '31' })]);
  await assert.rejects(client.request(query), { kind: 'THROTTLED', status: 429 });
  assert.deepEqual(waits, []);
});

test('attempts end', async () => {
  const { client, sent } = scripted([lost(), lost(), lost()], { retry: { attempts: 3 } });
  await assert.rejects(client.request(query), NetworkError);
  assert.equal(sent.length, 3);
});

test('a mutation with its key is sent again with the same key', async () => {
  const { client, sent } = scripted([lost(), ok({ x: 1 })]);
  await client.request(mutation, { input: { idempotencyKey: newIdempotencyKey() } });
  const [first, second] = sent.map(({ body }) => body.variables?.input?.idempotencyKey);
  assert.match(first ?? '', /^[0-9a-f-]{36}$/);
  assert.equal(second, first);
});

test('a mutation without a key is sent once, also behind a comment or a fragment', async () => {
  for (const text of [mutation, `fragment F on X { x }\n${mutation}`, `\n  ${mutation}`]) {
    const { client, sent } = scripted([lost()]);
    await assert.rejects(client.request(text as typeof mutation, { input: {} }), NetworkError);
    assert.equal(sent.length, 1);
  }
});

test('what cannot pass by itself is not tried again', async () => {
  for (const code of ['CONFLICT', 'FORBIDDEN', 'NOT_FOUND', 'INTERNAL', 'BAD_USER_INPUT']) {
    const { client, sent } = scripted([refused(code)]);
    await assert.rejects(client.request(query), (error: ApiError) => {
      assert.deepEqual([error.name, error.kind, error.code, error.field, error.requestId], ['ApiError', code, `${code}_FINE`, ['x'], 'r1']);
      return true;
    });
    assert.equal(sent.length, 1);
  }
});

test('a request that is given up is not sent again', async () => {
  const { client, sent } = scripted([lost()]);
  await assert.rejects(client.request(query, {}, { signal: AbortSignal.abort(new Error('enough')) }), { message: 'enough' });
  assert.equal(sent.length, 1);
});
