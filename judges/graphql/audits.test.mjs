// GraphQL over HTTP, as the people behind the specification test it.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { auditServer } from 'graphql-http';
import { serve } from './server.mjs';

test('every audit of GraphQL over HTTP is ok', async (t) => {
  const { url } = await serve(t);
  const results = await auditServer({ url });
  const wrong = results.filter(({ status }) => status !== 'ok').map(({ id, name, status, reason }) => `${id} ${status}: ${name}: ${reason}`);
  assert.deepEqual(wrong, []);
  assert.equal(results.length, 61, 'another number of audits: what changed in them?');
});
