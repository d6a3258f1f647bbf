// Subscriptions, as the clients that people use for them expect: graphql-ws over a WebSocket, graphql-sse over server-sent
// events; and what only a client that breaks the protocol sees, by a bare WebSocket.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient as createSocketClient } from 'graphql-ws';
import { createClient as createStreamClient } from 'graphql-sse';
import WebSocket from 'ws';
import { serve } from './server.mjs';

const secret = 'a secret for the judges, long enough';
const protocol = 'graphql-transport-ws';
const planFile = `
program: {slug: main, name: Main, currency: GBP, time_zone: UTC, domains: [acme.example]}
plan: {effective_from: 2020-01-01T00:00:00Z, max_total: 15%, rules: [{id: all, percent: 10%}]}
`;

// merchant signs up and makes a program.
async function merchant(url) {
  let token, keys = 0;
  const ask = async (query, input) => {
    const response = await fetch(url, {
      method: 'POST', headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ query, variables: { input: { ...input, idempotencyKey: `k${keys += 1}` } } }),
    });
    const { data, errors } = await response.json();
    assert.equal(errors, undefined, JSON.stringify(errors));
    const [payload] = Object.values(data);
    assert.deepEqual(payload.userErrors, []);
    return payload;
  };
  const signedUp = await ask('mutation($input: SignUpMerchantInput!) { signUpMerchant(input: $input) { session { token } userErrors { code } } }',
    { slug: 'acme', name: 'Acme', email: 'olivia@acme.example', ownerName: 'Olivia', password: 'a long password' });
  token = signedUp.session.token;
  const { program } = await ask('mutation($input: ApplyPlanFileInput!) { applyPlanFile(input: $input) { program { id } userErrors { code message } } }', { planFile });
  const sell = (externalId) => ask('mutation($input: RecordConversionInput!) { recordConversion(input: $input) { conversion { id } userErrors { code } } }',
    { programId: program.id, conversion: { externalId, occurredAt: new Date().toISOString(), currencyCode: 'GBP', amount: '10.00' } });
  return { ask, sell, token, programId: program.id };
}

// shortLived is a session's token that ends in so many seconds.
function shortLived(token, seconds) {
  const key = createHmac('sha256', secret).update('tributary access token v1').digest();
  const [head, body] = token.split('.');
  const claims = { ...JSON.parse(Buffer.from(body, 'base64url')), exp: Math.floor(Date.now() / 1000) + seconds };
  const signed = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

// firstHeard gives the first event of a subscription; what it tells of happens again and again until then.
async function firstHeard(iterator, happens) {
  let heard = false;
  const event = iterator.next().finally(() => { heard = true; });
  for (let n = 0; !heard && n < 100; n += 1) {
    await happens(n);
    await Promise.race([event, wait(200)]);
  }
  return (await event).value;
}

// rawly says what it is told to and gives the code and reason of the close.
async function rawly(url, says, protocols = [protocol], options = {}) {
  const socket = new WebSocket(url.replace('http', 'ws'), protocols, options);
  socket.on('open', () => says.forEach((text) => socket.send(text)));
  const [code, reason] = await once(socket, 'close');
  return [code, reason.toString()];
}

const hear = 'subscription($id: ID!) { conversionRecorded(programId: $id) { externalId amount { amount currencyCode } } }';

test('subscriptions', async (t) => {
  const { url } = await serve(t, { TRIBUTARY_SECRET: secret });
  const { ask, sell, token, programId } = await merchant(url);
  const variables = { id: programId };
  const headers = { Authorization: `Bearer ${token}` };
  const clients = {
    'graphql-ws': () => createSocketClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: headers, retryAttempts: 0, lazyCloseTimeout: 0 }),
    'graphql-sse': () => createStreamClient({ url, headers, retryAttempts: 0 }),
  };
  for (const [name, create] of Object.entries(clients)) {
    await t.test(`${name}: a query, a mutation and an error`, async () => {
      const client = create();
      const all = async (payload) => { const got = []; for await (const one of client.iterate(payload)) got.push(one); return got; };
      assert.deepEqual(await all({ query: '{ program(slug: "main") { slug } }' }), [{ data: { program: { slug: 'main' } } }]);
      const [made] = await all({ query: 'mutation { createApiKey(input: {name: "x", scopes: ["programs:read"], idempotencyKey: "' + name + '"}) { userErrors { code } } }' });
      assert.deepEqual(made, { data: { createApiKey: { userErrors: [] } } });
      const wrong = { query: '{ nonsense }' };
      if (name === 'graphql-ws') await assert.rejects(all(wrong), (errors) => errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED');
      else assert.equal((await all(wrong))[0].errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
      const [missing] = await all({ query: hear, variables: { id: 'program_01h455vb4pex5vsknk084sn02q' } });
      assert.equal(missing.errors[0].extensions.reason, 'PROGRAM_NOT_FOUND');
      client.dispose();
    });
    await t.test(`${name}: conversions as they come`, async () => {
      const client = create();
      const events = client.iterate({ query: hear, variables });
      const { data } = await firstHeard(events, (n) => sell(`${name}-${n}`));
      assert.match(data.conversionRecorded.externalId, new RegExp(`^${name}-`));
      assert.deepEqual(data.conversionRecorded.amount, { amount: '10.00', currencyCode: 'GBP' });
      await events.return();
      client.dispose();
    });
    await t.test(`${name}: a job until it is done`, async () => {
      const client = create();
      const { whatIf } = await ask('mutation($input: StartWhatIfInput!) { startWhatIf(input: $input) { whatIf { id } userErrors { code } } }',
        { programId, planFile, from: '2026-01-01T00:00:00Z', to: new Date(Date.now() + 86_400_000).toISOString() });
      let last;
      for await (const { data } of client.iterate({ query: 'subscription($id: ID!) { jobProgress(id: $id) { ... on WhatIf { state conversionsDone conversionsTotal } } }', variables: { id: whatIf.id } })) last = data.jobProgress;
      assert.equal(last.state, 'DONE');
      assert.ok(last.conversionsTotal > 0 && last.conversionsDone === last.conversionsTotal);
      client.dispose();
    });
  }

  const init = (credential) => JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${credential}` } });
  const subscribe = JSON.stringify({ id: 'a', type: 'subscribe', payload: { query: hear, variables } });
  await t.test('each close code when it is due', async () => {
    for (const [says, code, reason, protocols] of [
      [['garbage'], 4400, 'Bad request'],
      [[JSON.stringify({ type: 'start' })], 4400, 'Bad request'],
      [[subscribe], 4401, 'Unauthorized'],
      [[JSON.stringify({ type: 'connection_init' })], 4403, 'Forbidden'],
      [[init('nonsense')], 4403, 'Forbidden'],
      [[], 4406, 'Subprotocol not acceptable', ['graphql-ws']],
      [[], 4406, 'Subprotocol not acceptable', []],
      [[init(token), subscribe, subscribe], 4409, 'Subscriber for a already exists'],
      [[init(token), init(token)], 4429, 'Too many initialisation requests'],
    ]) assert.deepEqual(await rawly(url, says, protocols), [code, reason]);
    assert.equal((await rawly(url, [init(token), `{"type": "ping", "payload": "${'a'.repeat(1 << 20)}"}`]))[0], 1009);
    await assert.rejects(rawly(url, [], [protocol], { origin: 'https://evil.example' }), /403/);
  });
  await Promise.all([
    t.test('no initialisation', async () => assert.deepEqual(await rawly(url, []), [4408, 'Connection initialisation timeout'])),
    t.test('a token that ends', async () => {
      const short = shortLived(token, 3);
      assert.deepEqual(await rawly(url, [init(short), subscribe]), [4403, 'Forbidden']);
      assert.deepEqual(await rawly(url, [init(short)]), [4403, 'Forbidden'], 'nor does it begin another');
    }),
  ]);
  await t.test('caps', async () => {
    const sockets = await Promise.all(Array.from({ length: 20 }, async () => {
      const socket = new WebSocket(url.replace('http', 'ws'), protocol);
      socket.on('open', () => socket.send(init(token)));
      await once(socket, 'message');
      return socket;
    }));
    assert.deepEqual(await rawly(url, [init(token)]), [1013, 'Try again later']);
    const refusals = [];
    sockets[0].on('message', (text) => refusals.push(JSON.parse(text)));
    for (let n = 0; n < 51; n += 1) sockets[0].send(JSON.stringify({ id: `s${n}`, type: 'subscribe', payload: { query: hear, variables } }));
    sockets[0].send(JSON.stringify({ type: 'ping' }));
    while (!refusals.some(({ type }) => type === 'pong')) await once(sockets[0], 'message');
    assert.deepEqual(refusals.filter(({ type }) => type !== 'pong').map(({ id, type, payload }) => [id, type, payload[0].extensions.reason]), [['s50', 'error', 'OPERATIONS_TOO_MANY']]);
    await Promise.all(sockets.map(async (socket) => {
      const closed = once(socket, 'close');
      socket.close(1000);
      await closed;
    }));
  });
});
