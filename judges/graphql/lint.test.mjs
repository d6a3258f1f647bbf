// The schema before graphql-eslint's strictest rules (eslint.config.mjs).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sdl } from './sdl.mjs';
import { run, scratch } from './run.mjs';

async function lint(t, text) {
  const file = join(await scratch(t), 'schema.graphql');
  await writeFile(file, text);
  return run('eslint', ['--max-warnings=0', file], undefined, { JUDGED_SCHEMA: file });
}

test('the schema keeps every rule', async (t) => {
  const { code, said } = await lint(t, sdl);
  assert.equal(code, 0, said);
});

test('a schema that breaks rules is refused', async (t) => {
  const { code, said } = await lint(t, `${sdl}\ntype undescribed { ID: String! }\ntype NextConnection { edges: [String] }\n`);
  assert.equal(code, 1, said);
  for (const rule of ['require-description', 'naming-convention', 'strict-id-in-types', 'no-unreachable-types', 'relay-connection-types']) {
    assert.ok(said.includes(`@graphql-eslint/${rule}`), `${rule} is silent:\n${said}`);
  }
});
