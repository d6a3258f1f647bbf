import { test } from 'node:test';
import assert from 'node:assert/strict';
import { simulator, secret } from './simulator.mjs';

test("events are signed as Stripe's client checks them, also twice and out of order", async (t) => {
  const sim = await simulator(t), stripe = sim.client();
  const next = async () => {
    const { body, signature } = await sim.inbox.next();
    assert.throws(() => stripe.webhooks.constructEvent(body, signature, 'whsec_other'), { type: 'StripeSignatureVerificationError' });
    assert.throws(() => stripe.webhooks.constructEvent(`${body} `, signature, secret), { type: 'StripeSignatureVerificationError' });
    const event = stripe.webhooks.constructEvent(body, signature, secret);
    assert.deepEqual([event.object, event.api_version, event.livemode], ['event', '2023-10-16', false]);
    return event;
  };
  const to = await sim.payee(stripe);
  for (const type of ['account.updated', 'capability.updated', 'account.updated', 'capability.updated']) {
    const event = await next();
    assert.deepEqual([event.type, event.account], [type, to]);
  }
  await sim.control('fund', { amount: '100', currency: 'gbp' });
  const made = await stripe.transfers.create({ amount: 100, currency: 'gbp', destination: to, metadata: { payout: 'p1' } });
  const created = await next();
  assert.deepEqual([created.type, created.account, created.data.object.id, created.data.object.metadata.payout], ['transfer.created', undefined, made.id, 'p1']);

  await sim.control('events', { duplicate: '1' });
  await stripe.transfers.createReversal(made.id, { amount: 10 });
  const [one, two] = [await next(), await next()];
  assert.equal(one.id, two.id);
  assert.deepEqual([one.type, one.data.object.amount_reversed], ['transfer.reversed', 10]);

  await sim.control('events', { disorder: '1' });
  await stripe.transfers.createReversal(made.id, { amount: 20 });
  await stripe.transfers.createReversal(made.id, { amount: 30 });
  assert.deepEqual([(await next()).data.object.amount_reversed, (await next()).data.object.amount_reversed], [60, 30]);
  await sim.proven();
});
