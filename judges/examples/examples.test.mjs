// Every block of docs/api-examples.md, run against the sample program as a reader would.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { demo } from '../graphql/server.mjs';
import { jobs } from './blocks.mjs';
import { languages } from './languages.mjs';
import { scene, until } from './scene.mjs';

// What the output of a job must hold, whatever the language.
const expected = {
  1: [/"?secret"?: *'?"?[\w-]{20,}/],
  2: [/ACTIVE/],
  3: [/spring/, /SPRING10/],
  4: [/conversion_[0-9a-z]{26}/],
  5: [/RECORDED\D+500/],
  6: [/30\.00/],
  7: [/^536365 /m, /GBP$|GBP /m],
  8: [/\d+\.\d\d/, /agrees"?: *true|Agrees:true/],
  9: [/EXECUTING|RECONCILING|CLOSED/],
  10: [/Ada Blogs/, /Bea Writes/],
};

test('the page has ten jobs, each in three languages', () => {
  assert.deepEqual(jobs.map(({ number }) => number), Object.keys(expected).map(Number));
  for (const { number, blocks } of jobs) assert.deepEqual(Object.keys(blocks), ['bash', 'ts', 'go'], `job ${number}`);
});

test('every example runs', async (t) => {
  const { url } = await demo(t);
  const { ask, owner, environment } = await scene(url);
  const runners = Object.entries(languages);
  const run = Object.fromEntries(await Promise.all(runners.map(async ([language, prepare]) => [language, await prepare(t)])));

  for (const job of jobs) {
    for (const [language] of runners) {
      await t.test(`${job.number}. ${job.title}: ${language}`, async () => {
        const printed = await run[language](job, environment);
        for (const text of expected[job.number]) assert.match(printed, text);
        assert.doesNotMatch(printed, /"errors"|"userErrors": ?\[\{/);
      });
    }
  }

  // All three languages spoke of the same orders under the same keys, so everything is there once.
  await t.test('the batch is paid, once', async () => {
    const batches = `{ node(id: "${environment.PROGRAM_ID}") { ... on Program { payoutBatches(last: 1) { nodes { run state payouts(first: 10) { nodes { state amount { amount } } } } } } } }`;
    let batch;
    await until('the end of the batch', async () => {
      [batch] = (await ask(owner, batches)).node.payoutBatches.nodes;
      return batch.state === 'CLOSED';
    });
    assert.equal(batch.run, 2);
    assert.deepEqual(batch.payouts.nodes.filter(({ state }) => state === 'TRANSFERRED').map(({ amount }) => amount.amount), ['299.15']);
  });

  await t.test('the ledger is proven', async () => {
    const { node } = await ask(owner, `{ node(id: "${environment.PROGRAM_ID}") { ... on Program { ledgerProof { failedChecks } } } }`);
    assert.deepEqual(node.ledgerProof.failedChecks, []);
  });
});
