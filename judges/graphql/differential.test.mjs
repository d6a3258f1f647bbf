// Whether a document can be run: our verdict beside that of graphql-js, the reference implementation.
// The documents are corpus/edges.mjs by hand, corpus/generated.jsonl as they were made when it was last renewed
// (`npm run corpus`), and those that corpus/generate.mjs makes of the schema as it is now.
// A difference is in corpus/differences.json with its reason, or it fails; so does one that is there and differs no longer.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  buildClientSchema, getIntrospectionQuery, getOperationAST, lexicographicSortSchema, parse, printSchema, validate, validateSchema,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { edges } from './corpus/edges.mjs';
import { generate } from './corpus/generate.mjs';
import { schema } from './sdl.mjs';
import { serve } from './server.mjs';

const read = (name) => readFileSync(new URL(`corpus/${name}`, import.meta.url), 'utf8');
const known = JSON.parse(read('differences.json'));

function corpus() {
  const documents = new Map();
  for (const one of [...edges, ...generate(schema), ...read('generated.jsonl').trim().split('\n').map((line) => JSON.parse(line))]) {
    const text = JSON.stringify([one.query, one.variables, one.operationName]);
    if (!documents.has(text)) documents.set(text, one);
  }
  return [...documents.values()];
}

// theirs gives why graphql-js does not run a document, or nothing.
function theirs(schema, { query, variables, operationName }) {
  let document;
  try {
    document = parse(query);
  } catch (error) {
    return error.message;
  }
  const problems = validate(schema, document);
  if (problems.length) return problems[0].message;
  const operation = getOperationAST(document, operationName);
  if (!operation) return 'no such operation';
  if (!schema.getRootType(operation.operation)) return 'no such kind of operation';
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], JSON.parse(variables ?? '{}'));
  return errors?.[0].message;
}

// ours gives why the server did not run a document, or nothing: an answer with data has been run. It also tells an answer that
// says nothing about the document.
async function ours(url, { query, variables, operationName }) {
  const name = operationName === undefined ? '' : `, "operationName": ${JSON.stringify(operationName)}`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' },
    body: `{"query": ${JSON.stringify(query)}, "variables": ${variables ?? '{}'}${name}}`,
  });
  const answer = await response.json();
  const code = answer.errors?.[0].extensions.code;
  const broken = response.status !== ('data' in answer ? 200 : 400) || ['OPERATION_TOO_LARGE', 'COMPLEXITY_LIMIT_EXCEEDED', 'INTERNAL'].includes(code);
  return { refusal: 'data' in answer ? undefined : answer.errors[0].message, broken: broken && `${response.status} ${code}` };
}

test('documents are run and refused as by the reference implementation', async (t) => {
  const { url, log } = await serve(t);
  const response = await fetch(url, {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, schemaDescription: true, directiveIsRepeatable: true, oneOf: true }) }),
  });
  const told = buildClientSchema((await response.json()).data);
  assert.deepEqual(validateSchema(told), []);

  await t.test('introspection tells the schema of the repository', () => {
    const print = (of) => printSchema(lexicographicSortSchema(of)).replace(/"""[^"]*"""\ndirective @defer[^\n]*\n\n/, '');
    assert.equal(print(told) === print(schema), true);
  });

  const documents = corpus();
  const verdicts = await Promise.all(documents.map(async (one) => ({ one, their: theirs(told, one), ...await ours(url, one) })));
  const broken = verdicts.filter((verdict) => verdict.broken).map((verdict) => `${verdict.one.name}: ${verdict.broken}\n  ${verdict.one.query}`);
  assert.equal(broken.length, 0, broken.join('\n'));

  const refused = verdicts.filter(({ their }) => their !== undefined).length;
  t.diagnostic(`${verdicts.length} documents, ${refused} of them refused by graphql-js`);
  assert.ok(verdicts.length >= 1000 && refused >= 400 && verdicts.length - refused >= 400, 'the corpus has become one-sided');

  const differing = verdicts.filter(({ their, refusal }) => (their === undefined) !== (refusal === undefined));
  const unexplained = differing.filter(({ one }) => !known[one.name])
    .map(({ one, their, refusal }) => `${one.name}: graphql-js: ${their ?? 'runs'}; ours: ${refusal ?? 'runs'}\n  ${one.query} ${one.variables ?? ''}`);
  assert.equal(unexplained.length, 0, unexplained.join('\n'));
  const gone = Object.keys(known).filter((name) => !differing.some(({ one }) => one.name === name));
  assert.deepEqual(gone, [], 'these differ no longer');
  assert.deepEqual(log.filter((line) => /panic/.test(line)), []);
});
