import { test } from 'node:test';
import assert from 'node:assert/strict';
import { simulator, refused } from './simulator.mjs';

test('an account is made, onboarded over its link, and can then be paid', async (t) => {
  const sim = await simulator(t), stripe = sim.client();
  const account = await stripe.accounts.create({ type: 'express', country: 'DE', email: 'ada@partners.example', capabilities: { transfers: { requested: true } },
    metadata: { partner: 'p1' } });
  assert.match(account.id, /^acct_/);
  assert.equal(account.capabilities.transfers, 'inactive');
  assert.ok(account.requirements.currently_due.length > 0);
  await sim.proven();

  const make = () => stripe.accountLinks.create({ account: account.id, type: 'account_onboarding', refresh_url: 'https://a.example/again', return_url: 'https://a.example/done' });
  const link = await make();
  assert.ok(link.expires_at > link.created);
  const follow = async (url) => (await fetch(url, { redirect: 'manual' })).headers.get('location');
  assert.equal(await follow(link.url), 'https://a.example/done');
  assert.equal(await follow(link.url), 'https://a.example/again', 'a link works once');
  const stale = await make();
  await sim.control('clock', { advance: '6m' });
  assert.equal(await follow(stale.url), 'https://a.example/again', 'and for minutes');

  const ready = await stripe.accounts.retrieve(account.id);
  assert.equal(ready.capabilities.transfers, 'active');
  assert.equal(ready.payouts_enabled, true);
  assert.deepEqual(ready.requirements.currently_due, []);
  assert.equal((await stripe.accounts.update(account.id, { metadata: { partner: 'p2' } })).metadata.partner, 'p2');
  assert.equal((await stripe.accounts.retrieveCapability(account.id, 'transfers')).status, 'active');
  assert.equal((await stripe.accounts.updateCapability(account.id, 'transfers', { requested: false })).status, 'unrequested');
  const gone = await refused(stripe.accounts.retrieve('acct_gone'));
  assert.deepEqual([gone.type, gone.code, gone.statusCode], ['StripePermissionError', 'account_invalid', 403]);
  await sim.proven();
});

test('a transfer needs capability and balance, and is listed page by page', async (t) => {
  const sim = await simulator(t), stripe = sim.client();
  const to = await sim.payee(stripe), other = await sim.payee(stripe);
  const send = (amount, more) => stripe.transfers.create({ amount, currency: 'gbp', destination: to, transfer_group: 'may', ...more });
  const poor = await refused(send(100));
  assert.deepEqual([poor.type, poor.code, poor.statusCode], ['StripeInvalidRequestError', 'balance_insufficient', 400]);
  await sim.control('fund', { amount: '1000', currency: 'gbp' });
  for (let n = 1; n <= 5; n++) {
    const made = await send(n, { metadata: { payout: `p${n}` } });
    assert.match(made.id, /^tr_/);
    assert.deepEqual([made.amount, made.currency, made.destination, made.transfer_group, made.livemode, made.metadata.payout], [n, 'gbp', to, 'may', false, `p${n}`]);
    await sim.proven();
  }
  await send(7, { destination: other });
  const balance = await stripe.balance.retrieve();
  assert.equal(balance.available.find((b) => b.currency === 'gbp').amount, 1000 - 15 - 7);
  const theirs = await stripe.balance.retrieve({ stripeAccount: to });
  assert.equal(theirs.available[0].amount, 15);

  const listed = [];
  for await (const transfer of stripe.transfers.list({ transfer_group: 'may', destination: to, limit: 2 })) listed.push(transfer.amount);
  assert.deepEqual(listed, [5, 4, 3, 2, 1], 'three pages, the newest first');
  await sim.control('faults', { kind: 'server_error', method: 'GET', query: 'starting_after' });
  const cut = await refused((async () => { for await (const _ of stripe.transfers.list({ transfer_group: 'may', limit: 2 })); })());
  assert.equal(cut.type, 'StripeAPIError', 'a list with a broken page is no list');

  await sim.control(`accounts/${to}/reject`, {});
  assert.equal((await refused(send(1))).code, 'insufficient_capabilities_for_transfer');
  assert.equal((await refused(send(-5, { destination: other }))).code, 'parameter_invalid_integer');
  const unknown = await refused(send(1, { source: 'card' }));
  assert.deepEqual([unknown.code, unknown.param], ['parameter_unknown', 'source']);
  assert.equal((await refused(sim.client({ key: 'sk_test_other' }).balance.retrieve())).type, 'StripeAuthenticationError');
  await sim.proven();
});

test('reversals give back at most the rest, and only what the account still has', async (t) => {
  const sim = await simulator(t), stripe = sim.client();
  await sim.control('fund', { amount: '100', currency: 'gbp' });
  const to = await sim.payee(stripe);
  const made = await stripe.transfers.create({ amount: 100, currency: 'gbp', destination: to });
  const back = await stripe.transfers.createReversal(made.id, { amount: 30, metadata: { why: 'returned' } });
  assert.match(back.id, /^trr_/);
  assert.deepEqual([back.object, back.amount, back.transfer], ['transfer_reversal', 30, made.id]);
  await sim.proven();
  assert.ok(await refused(stripe.transfers.createReversal(made.id, { amount: 71 })));
  await sim.control(`accounts/${to}/payout`, { amount: '50', currency: 'gbp' });
  assert.equal((await refused(stripe.transfers.createReversal(made.id))).code, 'balance_insufficient');
  await stripe.transfers.createReversal(made.id, { amount: 20 });
  const now = await stripe.transfers.retrieve(made.id);
  assert.deepEqual([now.amount_reversed, now.reversed, now.reversals.data.length, now.reversals.has_more], [50, false, 2, false]);
  assert.deepEqual((await stripe.transfers.listReversals(made.id)).data.map((r) => r.amount), [20, 30]);
  await sim.proven();
});

test('the client reads the limiter as what it is', async (t) => {
  const sim = await simulator(t, '--endpoint-limit', '1'), stripe = sim.client();
  const answers = await Promise.allSettled(Array.from({ length: 10 }, () => stripe.balance.retrieve()));
  const turned = answers.filter((a) => a.status === 'rejected').map((a) => a.reason);
  assert.ok(turned.length > 0, 'ten at once are more than one in a second');
  for (const error of turned) {
    assert.deepEqual([error.type, error.code, error.headers['stripe-rate-limited-reason']], ['StripeRateLimitError', 'rate_limit', 'endpoint-rate']);
  }
});

test('a lock is told by its code, and comes without the reason of a limiter', async (t) => {
  const sim = await simulator(t), stripe = sim.client();
  await sim.control('fund', { amount: '100', currency: 'gbp' });
  const to = await sim.payee(stripe);
  const send = (amount, idempotencyKey) => stripe.transfers.create({ amount, currency: 'gbp', destination: to }, { idempotencyKey });
  await sim.control('faults', { kind: 'hold' });
  const held = send(1, 'held');
  const other = async () => { // until the first is really running, the second would run
    while ((await sim.control('running')).keys === 0);
    return refused(send(2, 'other'));
  };
  const locked = await other();
  assert.deepEqual([locked.statusCode, locked.code, locked.headers['stripe-rate-limited-reason']], [429, 'lock_timeout', undefined]);
  const running = await refused(send(1, 'held'));
  assert.deepEqual([running.statusCode, running.code], [409, 'idempotency_key_in_use']);
  await sim.control('release', {});
  await held;
  await send(2, 'other');
  assert.deepEqual((await stripe.transfers.list()).data.map((transfer) => transfer.amount), [2, 1]);
  await sim.proven();
});
