import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { verifyWebhook } from '../src/index.js';

const secret = `whsec_${randomBytes(32).toString('base64')}`;
const body = '{"type":"conversion.recorded","data":{"id":"conversion_1","name":"Zoë"}}';
const at = 1_700_000_000;
const now = new Date(at * 1000);

function signature(key = secret, text: string = body, id = 'msg_1', timestamp = at): string {
  const bytes = Buffer.from(key.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', bytes).update(`${id}.${timestamp}.${text}`).digest('base64')}`;
}
const headers = (signed: string, timestamp: string | number = at) =>
  ({ 'webhook-id': 'msg_1', 'webhook-timestamp': String(timestamp), 'webhook-signature': signed });

test('a genuine delivery gives its message, from text, bytes, and any kind of headers', async () => {
  const expected = { id: 'msg_1', sentAt: now, payload: JSON.parse(body) };
  const given = headers(signature());
  assert.deepEqual(await verifyWebhook(secret, given, body, { now }), expected);
  assert.deepEqual(await verifyWebhook(secret, new Headers(given), new TextEncoder().encode(body), { now }), expected);
  const shouted = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toUpperCase(), value]));
  assert.deepEqual(await verifyWebhook(secret, shouted, body, { now }), expected);
});

test('the published example of Standard Webhooks has the signature that its specification computes', async () => {
  const published = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const text = '{"test": 2432232314}';
  const signed = signature(published, text, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330);
  assert.equal(signed, 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  await verifyWebhook(published, { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330', 'webhook-signature': signed }, text,
    { now: new Date(1614265330_000) });
});

test('one good signature among others is enough, and one of several secrets', async () => {
  const other = `whsec_${randomBytes(24).toString('base64')}`;
  await verifyWebhook(secret, headers(`v1a,AAAA v1,!!! ${signature(other)} ${signature()}`), body, { now });
  await verifyWebhook([other, secret], headers(signature()), body, { now });
});

test('what was changed, or signed by others, is refused', async () => {
  const wrong = { code: 'SIGNATURE_WRONG' };
  await assert.rejects(verifyWebhook(secret, headers(signature()), `${body} `, { now }), wrong);
  await assert.rejects(verifyWebhook(secret, { ...headers(signature()), 'webhook-id': 'msg_2' }, body, { now }), wrong);
  await assert.rejects(verifyWebhook(secret, headers(signature(), at + 1), body, { now }), wrong);
  await assert.rejects(verifyWebhook(`whsec_${randomBytes(32).toString('base64')}`, headers(signature()), body, { now }), wrong);
  await assert.rejects(verifyWebhook(secret, headers(signature().replace('v1,', 'v1a,')), body, { now }), wrong);
  await assert.rejects(verifyWebhook(secret, headers('v1,'), body, { now }), wrong);
});

test('a delivery is good for five minutes on either side', async () => {
  const late = { code: 'TIMESTAMP_OUTSIDE_TOLERANCE', field: ['webhook-timestamp'] };
  for (const seconds of [-300, 300]) await verifyWebhook(secret, headers(signature()), body, { now: new Date((at + seconds) * 1000) });
  for (const seconds of [-301, 301]) {
    await assert.rejects(verifyWebhook(secret, headers(signature()), body, { now: new Date((at + seconds) * 1000) }), late);
  }
  for (const malformed of ['', 'now', '1e9', '-1', `${at}.5`]) {
    await assert.rejects(verifyWebhook(secret, headers(signature(), malformed), body, { now }), (error: { code: string }) =>
      error.code === late.code || malformed === '' && error.code === 'HEADER_MISSING');
  }
});

test('what is missing or malformed is named', async () => {
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
    await assert.rejects(verifyWebhook(secret, { ...headers(signature()), [name]: undefined }, body, { now }), { code: 'HEADER_MISSING', field: [name] });
  }
  for (const malformed of ['', 'whsec_', 'whsec_%', 'secret']) {
    await assert.rejects(verifyWebhook(malformed, headers(signature()), body, { now }), { code: 'SECRET_MALFORMED' });
  }
  await assert.rejects(verifyWebhook(secret, headers(signature(secret, 'text')), 'text', { now }), { code: 'PAYLOAD_MALFORMED' });
});
