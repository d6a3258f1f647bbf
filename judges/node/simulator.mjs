// A simulator of its own for each test, run as the program runs it, with Stripe's client to it and a receiver for its events.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import assert from 'node:assert/strict';
import Stripe from 'stripe';

export const key = 'sk_test_node';
export const secret = 'whsec_node';

export async function simulator(t, ...flags) {
  const program = process.env.TRIBUTARY;
  assert.ok(program, 'TRIBUTARY names the program: scripts/judges builds it');
  const inbox = await receiver(t);
  const child = spawn(program, ['stripesim', '--listen', '127.0.0.1:0', '--key', key, '--webhook-url', inbox.url, '--webhook-secret', secret, ...flags],
    { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  process.once('exit', () => child.kill('SIGKILL'));
  t.after(async () => {
    child.kill('SIGTERM');
    const [code] = await ended;
    assert.equal(code, 0, "the simulator's books add up at the end");
  });
  const url = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([line]) => line),
    ended.then(([code]) => assert.fail(`the simulator ended with ${code}`)),
  ]);
  const { hostname, port } = new URL(url);
  const client = (options = {}) => new Stripe(options.key ?? key,
    { apiVersion: '2023-10-16', protocol: 'http', host: hostname, port, maxNetworkRetries: 0, telemetry: false, ...options.config });

  // control speaks to the routes that are not Stripe's.
  const control = async (path, form) => {
    const answer = await fetch(`${url}/v1/test/${path}`, {
      method: form ? 'POST' : 'GET',
      headers: { Authorization: `Bearer ${key}` },
      body: form && new URLSearchParams(form),
    });
    const body = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(body));
    return body;
  };

  // proven ends a step: the simulator's own accounts hold.
  const proven = async () => assert.equal((await control('check')).holds, true);

  // payee makes an account that can be paid.
  const payee = async (stripe) => {
    const account = await stripe.accounts.create({ type: 'express', country: 'GB', capabilities: { transfers: { requested: true } } });
    await control(`accounts/${account.id}/onboard`, {});
    return account.id;
  };
  return { url, client, control, proven, payee, inbox };
}

async function receiver(t) {
  const waiting = [], arrived = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const delivery = { body: Buffer.concat(chunks).toString(), signature: request.headers['stripe-signature'] };
    response.end();
    const next = waiting.shift();
    if (next) next(delivery); else arrived.push(delivery);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.closeAllConnections(); server.close(); });
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    next: () => new Promise((resolve) => { if (arrived.length) resolve(arrived.shift()); else waiting.push(resolve); }),
  };
}

// refused gives the error that a call must end with.
export async function refused(call) {
  try {
    await call;
  } catch (error) {
    return error;
  }
  return assert.fail('this must have been refused');
}
