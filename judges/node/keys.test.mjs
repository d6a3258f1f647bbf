import { test } from 'node:test';
import assert from 'node:assert/strict';
import Stripe from 'stripe';
import log from 'loglevel';
import { createExpressApp } from 'stripe-stateful-mock';
import { simulator, refused, key } from './simulator.mjs';

log.setLevel('silent'); // stripe-stateful-mock's

const replayed = (answer) => (answer.lastResponse?.headers ?? answer.headers)['idempotent-replayed'];

test('a key replays its answer for 24 hours, refuses another request, and is then forgotten', async (t) => {
  const sim = await simulator(t), stripe = sim.client();
  const to = await sim.payee(stripe);
  const send = (key, amount = 100) => stripe.transfers.create({ amount, currency: 'gbp', destination: to, transfer_group: 'g' }, { idempotencyKey: key });
  assert.equal((await refused(send('poor'))).code, 'balance_insufficient');
  await sim.control('fund', { amount: '1000', currency: 'gbp' });
  const stored = await refused(send('poor'));
  assert.deepEqual([stored.code, replayed(stored)], ['balance_insufficient', 'true'], 'funding does not change what is stored');

  const first = await send('key');
  assert.equal(replayed(first), undefined);
  const again = await send('key');
  assert.deepEqual([again.id, replayed(again), again.lastResponse.headers['original-request']], [first.id, 'true', first.lastResponse.requestId]);
  assert.notEqual(again.lastResponse.requestId, first.lastResponse.requestId);
  const other = await refused(send('key', 101));
  assert.deepEqual([other.type, other.statusCode], ['StripeIdempotencyError', 400]);
  const elsewhere = await refused(stripe.accounts.create({ type: 'express' }, { idempotencyKey: 'key' }));
  assert.equal(elsewhere.type, 'StripeIdempotencyError', 'one namespace for all endpoints');
  await sim.proven();

  await sim.control('clock', { advance: '23h59m' });
  assert.equal((await send('key')).id, first.id);
  await sim.control('clock', { advance: '1m' });
  assert.notEqual((await send('key')).id, first.id, 'a forgotten key is a new request');
  await sim.proven();
});

// What the client does by itself after a lost answer must end in one transfer, whatever was lost.
for (const kind of ['drop_before', 'drop_after', 'html_502', 'server_error', 'key_in_use', 'delay']) {
  test(`the client's own retries pay once: ${kind}`, async (t) => {
    const sim = await simulator(t), stripe = sim.client({ config: { maxNetworkRetries: 2 } });
    await sim.control('fund', { amount: '1000', currency: 'gbp' });
    const to = await sim.payee(stripe);
    await sim.control('faults', { kind, for: '20ms' });
    const send = () => stripe.transfers.create({ amount: 100, currency: 'gbp', destination: to, transfer_group: 'g' }, { idempotencyKey: 'key' });
    // What it does not try again by itself is asked again here.
    const made = await send().catch(send);
    const listed = await stripe.transfers.list({ transfer_group: 'g' });
    assert.deepEqual(listed.data.map((transfer) => transfer.id), [made.id]);
    await sim.proven();
  });
}

// This client waits for ever for the rest of a body that was cut, so another one is cut off.
test('a body that was cut is read again under its key', async (t) => {
  const sim = await simulator(t), stripe = sim.client();
  await sim.control('fund', { amount: '1000', currency: 'gbp' });
  const to = await sim.payee(stripe);
  await sim.control('faults', { kind: 'cut_body' });
  const order = { amount: 100, currency: 'gbp', destination: to };
  const cut = await fetch(`${sim.url}/v1/transfers`, { method: 'POST', body: new URLSearchParams(order), headers: { Authorization: `Bearer ${key}`, 'Idempotency-Key': 'key' } });
  assert.equal(cut.status, 200);
  await assert.rejects(cut.text());
  const made = await stripe.transfers.create(order, { idempotencyKey: 'key' });
  assert.equal(replayed(made), 'true');
  assert.deepEqual((await stripe.transfers.list()).data.map((transfer) => transfer.id), [made.id]);
  await sim.proven();
});

test('a 500 that is kept stays one, and what it did is found by listing', async (t) => {
  const sim = await simulator(t), stripe = sim.client();
  await sim.control('fund', { amount: '1000', currency: 'gbp' });
  const to = await sim.payee(stripe);
  const send = (key) => stripe.transfers.create({ amount: 100, currency: 'gbp', destination: to, transfer_group: key }, { idempotencyKey: key });
  const listed = async (group) => (await stripe.transfers.list({ transfer_group: group })).data.length;
  for (const [key, kind, before, after] of [['at once', 'kept_error', 1, 1], ['late', 'late_success', 0, 1]]) {
    await sim.control('faults', { kind, for: '40h' });
    assert.equal((await refused(send(key))).statusCode, 500);
    const again = await refused(send(key));
    assert.deepEqual([again.statusCode, replayed(again)], [500, 'true']);
    assert.equal(await listed(key), before);
    await sim.control('clock', { advance: '40h' });
    assert.equal(await listed(key), after);
    await sim.proven();
  }
});

// Another simulator, by other people, has keys too, on accounts at least: what a client sees must be the same there. It keeps
// a namespace for each endpoint, so only one endpoint is compared.
test('keys behave as those of stripe-stateful-mock', async (t) => {
  const sim = await simulator(t);
  const server = await new Promise((resolve) => { const s = createExpressApp().listen(0, '127.0.0.1', () => resolve(s)); });
  t.after(() => { server.closeAllConnections(); server.close(); });
  const theirs = new Stripe(key, { apiVersion: '2023-10-16', protocol: 'http', host: '127.0.0.1', port: server.address().port, maxNetworkRetries: 0, telemetry: false });

  const story = async (stripe) => {
    const ids = [], told = [];
    const make = async (idempotencyKey, email) => {
      try {
        const account = await stripe.accounts.create({ type: 'custom', country: 'US', email }, { idempotencyKey });
        if (!ids.includes(account.id)) ids.push(account.id);
        const headers = account.lastResponse.headers;
        told.push(['made', ids.indexOf(account.id), headers['idempotent-replayed'], 'original-request' in headers]);
      } catch (error) {
        told.push([error.type, error.statusCode, error.headers['idempotent-replayed']]);
      }
    };
    await make('one', 'a@b.example');
    await make('one', 'a@b.example');
    await make('one', 'other@b.example');
    await make('one', 'a@b.example');
    await make('two', 'a@b.example');
    await make('two', 'a@b.example');
    return told;
  };
  const told = await story(sim.client());
  assert.deepEqual(told, [['made', 0, undefined, false], ['made', 0, 'true', true], ['StripeIdempotencyError', 400, undefined], ['made', 0, 'true', true],
    ['made', 1, undefined, false], ['made', 1, 'true', true]]);
  assert.deepEqual(told, await story(theirs));
  await sim.proven();
});
