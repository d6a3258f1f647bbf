// Documents made from the schema: each root field asked for as it should be, in literals and in variables; each connection;
// and each kind of input field with values of every other kind. Whether one is valid is for the judges to say.
import {
  getNamedType, getNullableType, isEnumType, isInputObjectType, isLeafType, isListType, isObjectType,
} from 'graphql';
import { connections, implementsNode, isRequired } from '../sdl.mjs';

// The values that are tried for a leaf, as JSON; most are wrong for most.
const wrong = ['null', '5', '-1', '1.5', '2147483648', '-2147483649', '9007199254740993', '"5"', '""', '"text"', 'true', '[]', '["a"]', '[1]', '{}', '{"a": 1}', '[null]'];

const leaf = { Int: '5', Float: '1.5', String: '"text"', ID: '"x"', Boolean: 'true', Decimal: '"1.00"', DateTime: '"2026-01-05T09:00:00Z"',
  CurrencyCode: '"EUR"', StringMap: '{"a": "b"}' };

// value is a right value for a type, as JSON; an enum's is marked so that it can be written as a name in a literal.
function value(type, all) {
  const bare = getNullableType(type);
  if (isListType(bare)) return `[${value(bare.ofType, all)}]`;
  if (isEnumType(bare)) return `"${bare.getValues()[0].name}"`;
  if (isInputObjectType(bare)) {
    const fields = Object.values(bare.getFields()).filter((field) => all || isRequired(field));
    return `{${fields.map((field) => `"${field.name}": ${value(field.type, all)}`).join(', ')}}`;
  }
  return leaf[bare.name];
}

// literal writes JSON as a document does: names without quotes, and enums as names.
function literal(json, type) {
  const bare = getNullableType(type);
  if (Array.isArray(json)) return `[${json.map((one) => literal(one, isListType(bare) ? bare.ofType : type)).join(', ')}]`;
  if (json !== null && typeof json === 'object') {
    const fields = isInputObjectType(bare) ? bare.getFields() : {};
    return `{${Object.entries(json).map(([key, one]) => `${key}: ${literal(one, fields[key]?.type ?? type)}`).join(', ')}}`;
  }
  return isEnumType(getNamedType(bare)) && typeof json === 'string' ? json : JSON.stringify(json);
}

// selection asks for what an object has without arguments, down a few levels.
function selection(type, depth = 1) {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (!isObjectType(named)) return ' { __typename }';
  const fields = Object.values(named.getFields()).filter((field) => !field.args.some(isRequired))
    .filter((field) => isLeafType(getNamedType(field.type)) || (depth > 0 && field.args.length === 0 && field.name !== 'preview'));
  return ` { __typename ${fields.map((field) => `${field.name}${selection(field.type, depth - 1)}`).join(' ')} }`;
}

// roots asks for each root field with literals and with variables, of what is required and of everything.
function* roots(schema) {
  for (const [operation, type] of [['query', schema.getQueryType()], ['mutation', schema.getMutationType()]]) {
    for (const field of Object.values(type.getFields())) {
      for (const all of [false, true]) {
        const args = field.args.filter((argument) => (all ? !['last', 'before'].includes(argument.name) : isRequired(argument)));
        if (all && args.length === 0) continue;
        const label = `${operation} ${field.name}, ${all ? 'everything' : 'what is required'}`;
        const declared = args.map((argument) => `$${argument.name}: ${argument.type}`).join(', ');
        const passed = args.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
        const given = args.map((argument) => [argument, value(argument.type, all)]);
        const written = given.map(([argument, json]) => `${argument.name}: ${literal(JSON.parse(json), argument.type)}`).join(', ');
        const brackets = (text) => (text ? `(${text})` : '');
        yield [`${label}, variables`, `${operation} Q${brackets(declared)} { ${field.name}${brackets(passed)}${selection(field.type)} }`,
          `{${given.map(([argument, json]) => `"${argument.name}": ${json}`).join(', ')}}`];
        yield [`${label}, literals`, `${operation} { ${field.name}${brackets(written)}${selection(field.type)} }`];
      }
    }
  }
}

// pages asks for each connection, right and wrong.
function* pages(schema) {
  for (const { type, field, node } of connections(schema)) {
    const ask = (args, inside) => (type === schema.getQueryType() ? `{ ${field.name}${args} { ${inside} } }`
      : implementsNode(type) ? `{ node(id: "x") { ... on ${type.name} { ${field.name}${args} { ${inside} } } } }`
        : `{ __typename ...F } fragment F on Query { node(id: "x") { ... on Program { id } } } fragment G on ${type.name} { ${field.name}${args} { ${inside} } }`);
    const label = `${type.name}.${field.name}`;
    yield [`${label}, a page`, ask('(first: 2, after: "x")', `edges { cursor node { __typename } } nodes { __typename } pageInfo { hasNextPage endCursor }`)];
    yield [`${label}, a field that ${node.name} has not`, ask('', 'nodes { nonsense }')];
    yield [`${label}, a text for a size`, ask('(first: "2")', 'nodes { __typename }')];
  }
}

// slots gives one place for each type of input field: other places of the same type would say the same.
function* slots(schema) {
  const seen = new Set();
  const slow = ['signUpMerchant', 'signUpPartner', 'signIn']; // they hash a password before anything else
  for (const field of Object.values(schema.getMutationType().getFields()).filter(({ name }) => !slow.includes(name))) {
    for (const argument of field.args) {
      const walk = function* walk(type, path) {
        for (const inner of Object.values(type.getFields())) {
          const named = getNamedType(inner.type), where = [...path, inner];
          if (isInputObjectType(named)) yield* walk(named, where);
          else if (!seen.has(String(inner.type))) {
            seen.add(String(inner.type));
            yield { field, argument, where };
          }
        }
      };
      if (isInputObjectType(getNamedType(argument.type))) yield* walk(getNamedType(argument.type), []);
    }
  }
}

// put gives a right input of an argument in which one place has this value, as JSON text.
function put(type, [field, ...rest], json) {
  const bare = getNullableType(type);
  if (isListType(bare)) return `[${put(bare.ofType, [field, ...rest], json)}]`;
  const others = Object.values(bare.getFields()).filter((other) => other !== field && isRequired(other));
  const here = rest.length ? put(field.type, rest, json) : json;
  return `{${[...others.map((other) => `"${other.name}": ${value(other.type, false)}`), ...(here === undefined ? [] : [`"${field.name}": ${here}`])].join(', ')}}`;
}

function* inputs(schema) {
  for (const { field, argument, where } of slots(schema)) {
    const last = where.at(-1), label = `${last.type} at ${field.name}.${where.map(({ name }) => name).join('.')}`;
    const inside = selection(field.type, 0);
    for (const json of [undefined, value(last.type, true), ...wrong]) {
      const input = put(argument.type, where, json);
      yield [`${label}: ${json ?? 'nothing'}, variables`, `mutation ($input: ${argument.type}) { ${field.name}(input: $input)${inside} }`, `{"input": ${input}}`];
      if (json !== '9007199254740993') { // which JSON.parse would write otherwise
        yield [`${label}: ${json ?? 'nothing'}, literals`, `mutation { ${field.name}(input: ${literal(JSON.parse(input), argument.type)})${inside} }`];
      }
    }
    yield [`${label}: a variable of its own`, `mutation ($v: ${last.type}) { ${field.name}(input: ${literal(JSON.parse(put(argument.type, where, '"@@"')), argument.type).replace(/"?@@"?/, '$v')})${inside} }`,
      `{"v": ${value(last.type, true)}}`];
  }
}

export const generate = (schema) => [...roots(schema), ...pages(schema), ...inputs(schema)]
  .map(([name, query, variables]) => ({ name, query, variables }));
