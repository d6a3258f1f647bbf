// What was released stays: released.graphql is the schema of the last release. A change that breaks its clients fails here.
// A release renews it: `npm run release` copies the schema.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sdlFile } from './sdl.mjs';
import { folder, run, scratch } from './run.mjs';

const released = join(folder, 'released.graphql');

test('nothing of the released schema is broken', async () => {
  const { code, said } = await run('graphql-inspector', ['diff', released, sdlFile]);
  assert.equal(code, 0, said);
});

test('a schema that takes something away is refused', async (t) => {
  const next = join(await scratch(t), 'next.graphql');
  await writeFile(next, (await readFile(released, 'utf8')).replace(/.*\n  termsVersion: Int!\n/, '').replace('  slug: String!\n', '  slug: String\n'));
  const { code, said } = await run('graphql-inspector', ['diff', released, next]);
  assert.equal(code, 1, said);
  assert.match(said, /Field .*termsVersion.* was removed/);
  assert.match(said, /Field .*slug.* changed type from/);
});
