// A TypeScript client: its types are generated from the schema, its operations are those of fixtures/client.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sdl } from './sdl.mjs';
import { folder, run, scratch } from './run.mjs';

async function generate(t) {
  const dir = await scratch(t);
  await cp(join(folder, 'fixtures', 'client'), dir, { recursive: true });
  await writeFile(join(dir, 'schema.graphql'), sdl);
  return { dir, ...await run('graphql-codegen', ['--config', 'codegen.ts'], dir) };
}

test('a client that is generated compiles under the strictest settings', async (t) => {
  const { dir, code, said } = await generate(t);
  assert.equal(code, 0, said);
  const persisted = Object.values(JSON.parse(await readFile(join(dir, 'app', 'generated', 'persisted-documents.json'), 'utf8')));
  assert.equal(persisted.length, 4);
  const compiled = await run('tsc', ['-p', '.'], dir);
  assert.equal(compiled.code, 0, compiled.said);
});
