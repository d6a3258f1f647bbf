import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ConversionsDocument } from '../src/index.js';
import { ok, query, refused, scripted } from './fake.js';

const hash = String(ConversionsDocument.__meta__?.['hash']);

test('a generated document is sent by its hash, and any other whole', async () => {
  const { client, sent } = scripted([ok({ node: null }), ok({ x: 1 })]);
  await client.request(ConversionsDocument, { programId: 'program_1' });
  await client.request(query);
  assert.match(hash, /^sha256:[0-9a-f]{64}$/);
  assert.deepEqual(sent.map((s) => s.body), [{ documentId: hash, variables: { programId: 'program_1' } }, { query: String(query) }]);
});

test('a document that the API does not know is sent whole, at once and in later attempts', async () => {
  const { client, sent, waits } = scripted([refused('PERSISTED_QUERY_NOT_FOUND', 400), new TypeError('fetch failed'), ok({ node: null })]);
  await client.request(ConversionsDocument, { programId: 'program_1' });
  assert.deepEqual(sent.map((s) => s.body.documentId), [hash, undefined, undefined]);
  assert.equal(sent[2]?.body.query, ConversionsDocument.toString());
  assert.equal(waits.length, 1);
});
