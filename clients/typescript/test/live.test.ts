// The client before the program itself, on the sample data (scripts/judges builds it and names it in TRIBUTARY).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { accepted, ConversionsDocument, createClient, entries, newIdempotencyKey, ProgramsDocument, RecordConversionDocument, Session, signIn, ViewerDocument } from '../src/index.js';
import type { Client } from '../src/index.js';
// @ts-expect-error the judges' helper is no TypeScript; the path is from dist
import { demo } from '../../../../judges/graphql/server.mjs';

async function signedIn(endpoint: string, email: string): Promise<Client> {
  return createClient({ endpoint, auth: await signIn({ endpoint }, { email, password: 'tributary demo' }) });
}

test('the sample program', async (t) => {
  const { url } = await demo(t) as { url: string };
  const client = await signedIn(url, 'olivia@gifts.example');
  const { programs } = await client.request(ProgramsDocument);
  const programId = programs?.nodes[0]?.id ?? '';

  await t.test('says who is calling', async () => {
    assert.equal((await client.request(ViewerDocument)).viewer?.merchant?.slug, 'gift-shop');
    assert.equal((await createClient({ endpoint: url }).request(ViewerDocument)).viewer, null);
  });

  await t.test('goes on with the next tokens when one is refused, once for eight requests', async () => {
    const { tokens } = await signIn({ endpoint: url }, { email: 'felix@gifts.example', password: 'tributary demo' });
    const kept: string[] = [];
    const session = new Session({ endpoint: url }, { ...tokens, token: 'expired' }, ({ refreshToken }) => kept.push(refreshToken));
    const felix = createClient({ endpoint: url, auth: session });
    const answers = await Promise.all(Array.from({ length: 8 }, () => felix.request(ViewerDocument)));
    assert.ok(answers.every(({ viewer }) => viewer?.user?.email === 'felix@gifts.example'));
    assert.equal(kept.length, 1);
    assert.notEqual(kept[0], tokens.refreshToken);
  });

  await t.test('lists every conversion once', async () => {
    const ids = new Set<string>();
    let count = 0;
    const variables = { programId, first: 100 };
    for await (const { id } of entries(client, ConversionsDocument, variables, ({ node }) => node?.__typename === 'Program' ? node.conversions : null)) {
      ids.add(id);
      count++;
    }
    assert.equal(ids.size, count);
    assert.equal(count, 424);
  });

  const conversion = { externalId: 'live-1', occurredAt: '2011-01-01T12:00:00Z', currencyCode: 'GBP', amount: '12.50' };

  await t.test('a retry with the same key gives the first answer, and another input under it is refused', async () => {
    const input = { programId, conversion, idempotencyKey: newIdempotencyKey() };
    const [first, second] = [await client.request(RecordConversionDocument, { input }), await client.request(RecordConversionDocument, { input })];
    assert.deepEqual(second, first);
    assert.equal(accepted(first.recordConversion).conversion?.amount?.amount, '12.50');
    await assert.rejects(client.request(RecordConversionDocument, { input: { ...input, conversion: { ...conversion, amount: '13.00' } } })
      .then(({ recordConversion }) => accepted(recordConversion)), { code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  await t.test('what is wrong with an input names its field', async () => {
    const input = { programId, conversion: { ...conversion, externalId: 'live-2', amount: '1.999' }, idempotencyKey: newIdempotencyKey() };
    const { recordConversion } = await client.request(RecordConversionDocument, { input });
    assert.throws(() => accepted(recordConversion), { name: 'InputError', field: ['conversion', 'amount'] });
  });

  await t.test('what is refused says why, and which request it was', async () => {
    const partner = await signedIn(url, 'partner01@partners.example');
    const input = { programId, conversion, idempotencyKey: newIdempotencyKey() };
    await assert.rejects(partner.request(RecordConversionDocument, { input }), (error: { kind: string; requestId?: string }) =>
      ['FORBIDDEN', 'NOT_FOUND'].includes(error.kind) && typeof error.requestId === 'string');
    await assert.rejects(createClient({ endpoint: url, auth: 'nothing' }).request(ViewerDocument), { kind: 'UNAUTHENTICATED', status: 401 });
  });
});
