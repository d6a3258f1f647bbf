import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ApiError } from '../src/index.js';
import { ok, query, refused, scripted } from './fake.js';

// A session whose token is good until the server says otherwise.
function session() {
  const calls = { refreshed: 0 };
  let token = 'old';
  return {
    calls,
    auth: {
      token: () => token,
      refresh: async () => { calls.refreshed++; await Promise.resolve(); token = 'new'; },
    },
  };
}
const server = ({ authorization }: { authorization: string | null }) => authorization === 'Bearer new' ? ok({ x: 1 }) : refused('UNAUTHENTICATED', 401);

test('a key is sent as it is', async () => {
  const { client, sent } = scripted([ok({ x: 1 })], { auth: 'key' });
  await client.request(query);
  assert.equal(sent[0]?.authorization, 'Bearer key');
});

test('nobody sends nothing', async () => {
  const { client, sent } = scripted([ok({ x: 1 })]);
  await client.request(query);
  assert.equal(sent[0]?.authorization, null);
});

test('eight requests that are refused refresh the session once', async () => {
  const { auth, calls } = session();
  const { client } = scripted(Array.from({ length: 16 }, () => server), { auth });
  const answers = await Promise.all(Array.from({ length: 8 }, () => client.request(query)));
  assert.deepEqual(answers, Array.from({ length: 8 }, () => ({ x: 1 })));
  assert.equal(calls.refreshed, 1);
});

test('a session that is refused after a refresh is over', async () => {
  const { auth, calls } = session();
  const { client } = scripted([refused('UNAUTHENTICATED', 401), refused('UNAUTHENTICATED', 401)], { auth });
  await assert.rejects(client.request(query), (error: ApiError) => error.kind === 'UNAUTHENTICATED');
  assert.equal(calls.refreshed, 1);
});

test('a key that is refused is not refreshed', async () => {
  const { client, sent } = scripted([refused('UNAUTHENTICATED', 401)], { auth: 'key' });
  await assert.rejects(client.request(query), { kind: 'UNAUTHENTICATED', status: 401 });
  assert.equal(sent.length, 1);
});
