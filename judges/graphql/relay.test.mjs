// Relay's compiler takes a schema only when its objects can be read again, its pages can be turned, and what a mutation
// adds can be put in a page. The hand-written app is fixtures/relay; one fragment for every connection is made here.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connections, implementsNode, isRequired, schema, sdl } from './sdl.mjs';
import { folder, run, scratch } from './run.mjs';

const name = (text) => text[0].toUpperCase() + text.slice(1);
const key = (node) => (node.getFields().id ? 'id' : '__typename');

// pagination is a fragment that turns the pages of one connection.
function pagination({ type, field, node }, i) {
  const module = `every${i}${type.name}${name(field.name)}`;
  assert.deepEqual(field.args.filter(isRequired), [], `${type.name}.${field.name} can be asked for without arguments`);
  const refetch = type === schema.getQueryType() || implementsNode(type) ? `@refetchable(queryName: "${module}Refetch")` : '';
  const fragment = `fragment ${module}_entries on ${type.name} ${refetch}
    @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }) {
    ${field.name}(first: $count, after: $cursor) @connection(key: "${module}_${field.name}") {
      edges { node { ${key(node)} } }
      nodes { ${key(node)} }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`;
  return { module, text: `graphql\`${fragment}\`;\n` };
}

async function compile(t, text) {
  const dir = await scratch(t);
  await mkdir(join(dir, 'src', '__generated__'), { recursive: true });
  await writeFile(join(dir, 'schema.graphql'), text);
  await writeFile(join(dir, 'relay.config.json'), JSON.stringify({
    src: './src', schema: './schema.graphql', language: 'typescript', artifactDirectory: './src/__generated__',
    eagerEsModules: true, customScalarTypes: { DateTime: 'string', Decimal: 'string', CurrencyCode: 'string', StringMap: 'unknown', JSONObject: 'unknown' },
  }));
  await cp(join(folder, 'fixtures', 'relay'), join(dir, 'src'), { recursive: true });
  const every = connections().map(pagination);
  assert.ok(every.length >= 34, `${every.length} connections`);
  for (const { module, text } of every) await writeFile(join(dir, 'src', `${module}.ts`), text);
  return run('relay-compiler', ['relay.config.json'], dir);
}

test("Relay's compiler takes an app that uses every connection", async (t) => {
  const { code, said } = await compile(t, sdl);
  assert.equal(code, 0, said);
});

for (const [what, from, to, why] of [
  ['a page that does not tell whether another follows', /hasNextPage: Boolean!/, 'hasNext: Boolean!', /hasNextPage/],
  ['an object that cannot be read again', /type Enrollment implements Node/, 'type Enrollment', /refetchable/],
]) {
  test(`Relay's compiler refuses ${what}`, async (t) => {
    assert.match(sdl, from);
    const { code, said } = await compile(t, sdl.replace(from, to));
    assert.equal(code, 1);
    assert.match(said, why);
  });
}
