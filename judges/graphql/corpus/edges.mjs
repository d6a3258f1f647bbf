// Documents written by hand: where two implementations of one specification are likely to part.
// Each is [name, document, variables as JSON text, operation name].
const id = 'program(slug: "x") { id }';

const lexical = [
  ['empty', ' '],
  ['only a comment', '# nothing'],
  ['commas everywhere', ',,{,viewer,{,name,},},'],
  ['a byte order mark', '\uFEFF{ viewer { name } }'],
  ['CR LF and CR', '{\r\n viewer\r{ name } }'],
  ['a form feed', '{ viewer\f{ name } }'],
  ['a no-break space', '{ viewer\u00a0{ name } }'],
  ['a letter outside ASCII', '{ viewér { name } }'],
  ['a comment of any text', '{ viewer { name } } # \u{1F600} é "'],
  ['a NUL in a comment', '{ viewer { name } } # \u0000'],
  ['a NUL in a string', '{ program(slug: "\u0000") { id } }'],
  ['a control character in a string', '{ program(slug: "\u0001") { id } }'],
  ['DEL in a string', '{ program(slug: "\u007f") { id } }'],
  ['a tab in a string', '{ program(slug: "\t") { id } }'],
  ['a line feed in a string', '{ program(slug: "a\nb") { id } }'],
  ['an open string', '{ program(slug: "a) { id } }'],
  ['an escape', '{ program(slug: "\\n\\t\\"\\\\\\/\\b\\f\\r") { id } }'],
  ['an unknown escape', '{ program(slug: "\\x41") { id } }'],
  ['a unicode escape', '{ program(slug: "\\u00e9") { id } }'],
  ['a short unicode escape', '{ program(slug: "\\u12") { id } }'],
  ['a surrogate pair in escapes', '{ program(slug: "\\uD83D\\uDE00") { id } }'],
  ['half a surrogate pair', '{ program(slug: "\\uD83D") { id } }'],
  ['the halves the wrong way round', '{ program(slug: "\\uDE00\\uD83D") { id } }'],
  ['a unicode escape in braces', '{ program(slug: "\\u{1F600}") { id } }'],
  ['a unicode escape beyond Unicode', '{ program(slug: "\\u{110000}") { id } }'],
  ['empty braces', '{ program(slug: "\\u{}") { id } }'],
  ['an emoji', '{ program(slug: "\u{1F600}") { id } }'],
  ['a block string', '{ program(slug: """\n  a\n   b "quoted"\n""") { id } }'],
  ['a block string with its own end escaped', '{ program(slug: """a \\""" b""") { id } }'],
  ['an open block string', '{ program(slug: """a) { id } }'],
  ['an empty block string', '{ program(slug: """""") { id } }'],
  ['four quotes', '{ program(slug: """"a""") { id } }'],
  ['two dots', '{ ..F } fragment F on Query { viewer { name } }'],
  ['a question mark', '{ viewer? { name } }'],
  ['an ampersand', '{ viewer & { name } }'],
  ['a single quote', "{ program(slug: 'x') { id } }"],
  ['a dollar alone', 'query ($: Int) { viewer { name } }'],
];

const numbers = [
  ['zero', '0'], ['minus zero', '-0'], ['a leading zero', '01'], ['a leading plus', '+1'], ['minus alone', '-'], ['a fraction', '1.0'], ['no digit after the point', '1.'],
  ['no digit before the point', '.5'], ['an exponent', '1e2'], ['an empty exponent', '1e'], ['the largest Int', '2147483647'], ['above the largest Int', '2147483648'],
  ['the smallest Int', '-2147483648'], ['below the smallest Int', '-2147483649'], ['a number of 40 digits', '1'.repeat(40)], ['a number with a letter', '1a'],
  ['a number with an underscore', '1_000'], ['hexadecimal', '0x1F'], ['a text', '"1"'], ['true', 'true'], ['an enum', 'ONE'], ['null', 'null'], ['a list', '[1]'], ['an object', '{a: 1}'],
].map(([name, text]) => [`Int literal: ${name}`, `{ programs(first: ${text}) { nodes { id } } }`]);

const ids = ['"x"', '5', '-5', '9007199254740993', '1.5', '1.0', 'true', 'X', 'null', '[]', '{}', '["x"]', '""', '"""x"""']
  .map((text) => [`ID literal: ${text}`, `{ node(id: ${text}) { id } }`]);

const texts = ['"x"', '5', '1.5', 'true', 'X', 'null', '["x"]', '{}', '{a: "x"}'].map((text) => [`String literal: ${text}`, `{ program(slug: ${text}) { id } }`]);

const enums = ['APPLIED', 'applied', '"APPLIED"', 'NONSENSE', 'true', 'null', '1', '[APPLIED]', '{}', '$APPLIED']
  .map((text) => [`enum literal: ${text}`, `{ node(id: "x") { ... on Program { sponsorChanges(state: ${text}) { nodes { id } } } } }`]);

const booleans = ['true', 'false', '"true"', '1', '0', 'TRUE', 'null', '[true]', '{}'].map((text) => [`Boolean literal: ${text}`, `{ viewer @skip(if: ${text}) { name } }`]);

const ints = ['5', '-5', '0', '1.0', '1.5', '1e2', '2147483647', '2147483648', '-2147483648', '-2147483649', '9223372036854775808', '1e400', '"5"', '""', 'true', 'null', '[5]', '{}']
  .map((json) => [`Int variable: ${json}`, 'query ($v: Int) { programs(first: $v) { nodes { id } } }', `{"v": ${json}}`]);

const idVariables = ['"x"', '5', '-5', '9007199254740991', '9007199254740993', '1.0', '1.5', '1e2', 'true', 'null', '["x"]', '{}']
  .map((json) => [`ID variable: ${json}`, 'query ($v: ID!) { node(id: $v) { id } }', `{"v": ${json}}`]);

const textVariables = ['"x"', '5', '1.5', 'true', 'null', '["x"]', '{}', '"\\ud83d\\ude00"'].map((json) => [`String variable: ${json}`, 'query ($v: String) { program(slug: $v) { id } }', `{"v": ${json}}`]);

const enumVariables = ['"APPLIED"', '"applied"', '"NONSENSE"', '1', 'true', 'null', '["APPLIED"]', '{}']
  .map((json) => [`enum variable: ${json}`, 'query ($v: SponsorChangeState) { node(id: "x") { ... on Program { sponsorChanges(state: $v) { nodes { id } } } } }', `{"v": ${json}}`]);

const booleanVariables = ['true', 'false', '"true"', '1', '0', 'null', '[true]', '{}'].map((json) => [`Boolean variable: ${json}`, 'query ($v: Boolean!) { viewer @include(if: $v) { name } }', `{"v": ${json}}`]);

const variables = [
  ['not given', 'query ($v: ID!) { node(id: $v) { id } }'],
  ['not given, with a default', 'query ($v: ID! = "x") { node(id: $v) { id } }'],
  ['null over a default of a required type', 'query ($v: ID! = "x") { node(id: $v) { id } }', '{"v": null}'],
  ['null over a default', 'query ($v: Int = 5) { programs(first: $v) { nodes { id } } }', '{"v": null}'],
  ['a default of another type', 'query ($v: Int = "5") { programs(first: $v) { nodes { id } } }'],
  ['a default of null for a required type', 'query ($v: ID! = null) { node(id: $v) { id } }'],
  ['a default that is a variable', 'query ($a: Int, $b: Int = $a) { programs(first: $b) { nodes { id } } }'],
  ['more than declared', 'query { viewer { name } }', '{"v": 1}'],
  ['not used', 'query ($v: Int) { viewer { name } }'],
  ['not declared', '{ programs(first: $v) { nodes { id } } }'],
  ['declared twice', 'query ($v: Int, $v: Int) { programs(first: $v) { nodes { id } } }'],
  ['of an unknown type', 'query ($v: Nonsense) { programs(first: $v) { nodes { id } } }'],
  ['of an output type', 'query ($v: Program) { programs(first: $v) { nodes { id } } }'],
  ['of an interface', 'query ($v: Node) { viewer { name } }'],
  ['nullable where a value is needed', 'query ($v: ID) { node(id: $v) { id } }', '{"v": "x"}'],
  ['nullable where a value is needed, with a default', 'query ($v: ID = "x") { node(id: $v) { id } }', '{"v": "x"}'],
  ['of another type than its place', 'query ($v: String!) { node(id: $v) { id } }', '{"v": "x"}'],
  ['a list where one is needed', 'query ($v: [Int]) { programs(first: $v) { nodes { id } } }', '{"v": [1]}'],
  ['one where a list is needed', 'mutation ($v: String!) { createApiKey(input: {name: "x", scopes: $v, idempotencyKey: "x"}) { userErrors { code } } }', '{"v": "x"}'],
  ['a list of nullable texts where texts are needed', 'mutation ($v: [String]!) { createApiKey(input: {name: "x", scopes: $v, idempotencyKey: "x"}) { userErrors { code } } }', '{"v": ["x"]}'],
  ['one entry in a list', 'mutation ($v: [String!]!) { createApiKey(input: {name: "x", scopes: [$v], idempotencyKey: "x"}) { userErrors { code } } }', '{"v": ["x"]}'],
  ['a text given for a list', 'mutation ($v: [String!]!) { createApiKey(input: {name: "x", scopes: $v, idempotencyKey: "x"}) { userErrors { code } } }', '{"v": "x"}'],
  ['a number given for a list of texts', 'mutation ($v: [String!]!) { createApiKey(input: {name: "x", scopes: $v, idempotencyKey: "x"}) { userErrors { code } } }', '{"v": 5}'],
  ['a null in a list', 'mutation ($v: [String!]!) { createApiKey(input: {name: "x", scopes: $v, idempotencyKey: "x"}) { userErrors { code } } }', '{"v": ["x", null]}'],
  ['a number in a list of texts', 'mutation ($v: [String!]!) { createApiKey(input: {name: "x", scopes: $v, idempotencyKey: "x"}) { userErrors { code } } }', '{"v": ["x", 5]}'],
  ['a list in a list of texts', 'mutation ($v: [String!]!) { createApiKey(input: {name: "x", scopes: $v, idempotencyKey: "x"}) { userErrors { code } } }', '{"v": [["x"]]}'],
  ['an object for an input', 'mutation ($v: SignInInput!) { signIn(input: $v) { userErrors { code } } }', '{"v": {"email": "a", "password": "b"}}'],
  ['an input with an unknown field', 'mutation ($v: SignInInput!) { signIn(input: $v) { userErrors { code } } }', '{"v": {"email": "a", "password": "b", "nonsense": 1}}'],
  ['an input with __typename', 'mutation ($v: SignInInput!) { signIn(input: $v) { userErrors { code } } }', '{"v": {"email": "a", "password": "b", "__typename": "SignInInput"}}'],
  ['an input without a field', 'mutation ($v: SignInInput!) { signIn(input: $v) { userErrors { code } } }', '{"v": {"email": "a"}}'],
  ['a text for an input', 'mutation ($v: SignInInput!) { signIn(input: $v) { userErrors { code } } }', '{"v": "a"}'],
  ['a list for an input', 'mutation ($v: SignInInput!) { signIn(input: $v) { userErrors { code } } }', '{"v": [{"email": "a", "password": "b"}]}'],
  ['a field of an input from a variable that is not given', 'mutation ($v: String!) { signIn(input: {email: $v, password: "b"}) { userErrors { code } } }'],
  ['an optional field of an input from a variable that is not given', 'mutation ($v: String) { signIn(input: {email: "a", password: "b", merchant: $v}) { userErrors { code } } }'],
  ['a deep input', 'mutation ($v: RecordConversionsInput!) { recordConversions(input: $v) { userErrors { code } } }',
    '{"v": {"programId": "x", "idempotencyKey": "k", "conversions": [{"externalId": "x", "occurredAt": "2026-01-05T09:00:00Z", "currencyCode": "EUR", "amount": "1.00", "items": [{"sku": "s", "quantity": "1", "amount": "1.00"}]}]}}'],
  ['a deep input, a large number', 'mutation ($v: RecordConversionsInput!) { recordConversions(input: $v) { userErrors { code } } }',
    '{"v": {"programId": "x", "idempotencyKey": "k", "conversions": {"externalId": "x", "occurredAt": "2026-01-05T09:00:00Z", "currencyCode": "EUR", "amount": "1.00", "items": {"sku": "s", "quantity": 3000000000, "amount": "1.00"}}}}'],
  ['a deep input, one for lists', 'mutation ($v: RecordConversionsInput!) { recordConversions(input: $v) { userErrors { code } } }',
    '{"v": {"programId": "x", "idempotencyKey": "k", "conversions": {"externalId": "x", "occurredAt": "2026-01-05T09:00:00Z", "currencyCode": "EUR", "amount": "1.00", "items": {"sku": "s", "quantity": 3, "amount": "1.00"}}}}'],
  ['in a directive of its own operation', 'query ($v: Boolean!) @skip(if: $v) { viewer { name } }', '{"v": true}'],
  ['with a directive', 'query ($v: Int @deprecated) { programs(first: $v) { nodes { id } } }'],
].map(([name, ...rest]) => [`a variable ${name}`, ...rest]);

const operations = [
  ['two without a name', '{ viewer { name } } { viewer { name } }'],
  ['one with and one without a name', 'query A { viewer { name } } { viewer { name } }'],
  ['two of one name', 'query A { viewer { name } } query A { viewer { name } }'],
  ['two, and the second asked for', 'query A { viewer { name } } query B { viewer { name } }', undefined, 'B'],
  ['two, and none asked for', 'query A { viewer { name } } query B { viewer { name } }'],
  ['one, and another asked for', 'query A { viewer { name } }', undefined, 'B'],
  ['one without a name, and a name asked for', '{ viewer { name } }', undefined, 'A'],
  ['one, and the empty name asked for', 'query A { viewer { name } }', undefined, ''],
  ['a fragment of the name of an operation', 'query A { ...A } fragment A on Query { viewer { name } }'],
  ['a subscription', 'subscription { viewer { name } }'],
  ['a mutation of a query', 'mutation { viewer { name } }'],
  ['a query of a mutation', '{ signIn(input: {email: "a", password: "b"}) { userErrors { code } } }'],
  ['only a fragment', 'fragment F on Query { viewer { name } }'],
  ['a type definition', 'type A { a: Int } { viewer { name } }'],
  ['a type extension', '{ viewer { name } } extend type Query { a: Int }'],
  ['a keyword for a name', 'query query { viewer { name } }'],
  ['fragment named on', '{ ...on } fragment on on Query { viewer { name } }'],
  ['no selection', '{ }'],
  ['an unbalanced brace', '{ viewer { name }'],
  ['a brace too many', '{ viewer { name } } }'],
  ['a description', '"what it does" query A { viewer { name } }'],
  ['a block description', '"""what it does""" query A { viewer { name } }'],
  ['a description of a short query', '"what it does" { viewer { name } }'],
  ['upper case', 'QUERY { viewer { name } }'],
].map(([name, ...rest]) => [`operations: ${name}`, ...rest]);

const selections = [
  ['an object without a selection', '{ viewer }'],
  ['a scalar with a selection', '{ viewer { name { length } } }'],
  ['an unknown field', '{ viewer { nonsense } }'],
  ['an unknown argument', '{ viewer(a: 1) { name } }'],
  ['a missing argument', '{ node { id } }'],
  ['an argument twice', '{ node(id: "x", id: "x") { id } }'],
  ['empty arguments', '{ viewer() { name } }'],
  ['a field of an object behind an interface', '{ node(id: "x") { slug } }'],
  ['__typename everywhere', '{ __typename viewer { __typename } node(id: "x") { __typename } }'],
  ['__typename of a scalar', '{ viewer { name { __typename } } }'],
  ['an alias', `{ a: ${id} b: ${id} }`],
  ['one alias for two fields', '{ viewer { a: name a: scopes } }'],
  ['one name, other arguments', '{ program(slug: "a") { id } program(slug: "b") { id } }'],
  ['one name, same arguments', '{ program(slug: "a") { id } program(slug: "a") { name } }'],
  ['one name, same arguments in another order', '{ program(slug: "a", id: "b") { id } program(id: "b", slug: "a") { name } }'],
  ['one alias inside merged fields for two fields', '{ viewer { name } viewer { name: scopes } }'],
  ['one name in types that exclude each other', '{ node(id: "x") { ... on Program { a: name } ... on Enrollment { a: code } } }'],
  ['one name of two shapes in types that exclude each other', '{ node(id: "x") { ... on Program { a: name } ... on Enrollment { a: tags } } }'],
  ['one name, null and not null, in types that exclude each other', '{ node(id: "x") { ... on Program { a: name } ... on Enrollment { a: externalId } } }'],
  ['one name, other arguments, in types that exclude each other', '{ node(id: "x") { ... on Program { conversions(first: 1) { nodes { id } } } ... on Enrollment { conversions(first: 2) { nodes { id } } } } }'],
  ['an alias that starts with two underscores', '{ __a: viewer { name } }'],
  ['an argument that is an object of the wrong place', '{ program(slug: {slug: "x"}) { id } }'],
  ['a field named like a keyword', '{ query }'],
].map(([name, ...rest]) => [`selections: ${name}`, ...rest]);

const fragments = [
  ['on an object', '{ ...F } fragment F on Query { viewer { name } }'],
  ['unknown', '{ ...F }'],
  ['not used', '{ viewer { name } } fragment F on Query { viewer { name } }'],
  ['twice', '{ ...F } fragment F on Query { viewer { name } } fragment F on Query { viewer { name } }'],
  ['in itself', '{ ...F } fragment F on Query { ...F }'],
  ['in a circle', '{ ...F } fragment F on Query { ...G } fragment G on Query { viewer { name } ...F }'],
  ['not used, in a circle', '{ viewer { name } } fragment F on Query { ...G } fragment G on Query { ...F }'],
  ['on an unknown type', '{ ...F } fragment F on Nonsense { a }'],
  ['on a scalar', '{ ...F } fragment F on String { a }'],
  ['on an input', '{ ...F } fragment F on SignInInput { email }'],
  ['on an enum, inline', '{ ... on StaffRole { a } }'],
  ['that can never match', '{ viewer { ... on Program { id } } }'],
  ['on an interface of an object', '{ node(id: "x") { ... on Program { ... on Node { id } } } }'],
  ['on a type that is no Node', '{ node(id: "x") { ... on Viewer { name } } }'],
  ['without a type', '{ ... { viewer { name } } }'],
  ['without a type, skipped', '{ ... @skip(if: true) { viewer { name } } }'],
  ['with a variable of the operation', 'query ($v: Int) { ...F } fragment F on Query { programs(first: $v) { nodes { id } } }', '{"v": 1}'],
  ['with a variable that one operation lacks', 'query A ($v: Int) { ...F } query B { ...F } fragment F on Query { programs(first: $v) { nodes { id } } }', '{"v": 1}', 'A'],
  ['with a variable of another type', 'query ($v: String) { ...F } fragment F on Query { programs(first: $v) { nodes { id } } }', '{"v": "x"}'],
  ['with arguments', '{ ...F(a: 1) } fragment F($a: Int) on Query { viewer { name } }'],
  ['empty', '{ viewer { name } ...F } fragment F on Query { }'],
  ['conflict over two fragments', '{ viewer { ...A ...B } } fragment A on Viewer { x: name } fragment B on Viewer { x: scopes }'],
].map(([name, ...rest]) => [`fragments: ${name}`, ...rest]);

const directives = [
  ['unknown', '{ viewer @nonsense { name } }'],
  ['of definitions', '{ viewer @deprecated { name } }'],
  ['specifiedBy on a field', '{ viewer @specifiedBy(url: "x") { name } }'],
  ['without its argument', '{ viewer @skip { name } }'],
  ['with an unknown argument', '{ viewer @skip(if: true, unless: true) { name } }'],
  ['twice', '{ viewer @skip(if: true) @skip(if: false) { name } }'],
  ['both', '{ viewer @skip(if: true) @include(if: true) { name } }'],
  ['on a query', 'query @skip(if: true) { viewer { name } }'],
  ['on a fragment', '{ ...F } fragment F on Query @skip(if: true) { viewer { name } }'],
  ['on a spread', '{ ...F @include(if: false) } fragment F on Query { viewer { name } }'],
  ['with a nullable variable', 'query ($v: Boolean) { viewer @skip(if: $v) { name } }', '{"v": true}'],
  ['with a nullable variable with a default', 'query ($v: Boolean = true) { viewer @skip(if: $v) { name } }'],
  ['oneOf on a field', '{ viewer @oneOf { name } }'],
  ['defer without a label', '{ ... @defer { viewer { name } } }'],
  ['defer on a field', '{ viewer @defer { name } }'],
].map(([name, ...rest]) => [`directives: ${name}`, ...rest]);

const values = [
  ['an input', 'mutation { signIn(input: {email: "a", password: "b"}) { userErrors { code } } }'],
  ['an input with a field twice', 'mutation { signIn(input: {email: "a", email: "b", password: "b"}) { userErrors { code } } }'],
  ['an input with an unknown field', 'mutation { signIn(input: {email: "a", password: "b", nonsense: 1}) { userErrors { code } } }'],
  ['an input with null for a needed field', 'mutation { signIn(input: {email: null, password: "b"}) { userErrors { code } } }'],
  ['an input with null for an optional field', 'mutation { signIn(input: {email: "a", password: "b", merchant: null}) { userErrors { code } } }'],
  ['an input as a text', 'mutation { signIn(input: "a") { userErrors { code } } }'],
  ['an input in a list', 'mutation { signIn(input: [{email: "a", password: "b"}]) { userErrors { code } } }'],
  ['an empty input', 'mutation { signIn(input: {}) { userErrors { code } } }'],
  ['an open input', 'mutation { signIn(input: {email: "a", password: "b") { userErrors { code } } }'],
  ['one text for a list', 'mutation { createApiKey(input: {name: "x", scopes: "a", idempotencyKey: "x"}) { userErrors { code } } }'],
  ['an empty list', 'mutation { createApiKey(input: {name: "x", scopes: [], idempotencyKey: "x"}) { userErrors { code } } }'],
  ['a null in a list', 'mutation { createApiKey(input: {name: "x", scopes: [null], idempotencyKey: "x"}) { userErrors { code } } }'],
  ['a list in a list', 'mutation { createApiKey(input: {name: "x", scopes: [["a"]], idempotencyKey: "x"}) { userErrors { code } } }'],
  ['a number for a list', 'mutation { createApiKey(input: {name: "x", scopes: 5, idempotencyKey: "x"}) { userErrors { code } } }'],
  ['an object for an ID', '{ node(id: {a: "x"}) { id } }'],
  ['a variable in a list of a literal', 'mutation ($v: String!) { createApiKey(input: {name: "x", scopes: ["a", $v], idempotencyKey: "x"}) { userErrors { code } } }', '{"v": "b"}'],
].map(([name, ...rest]) => [`values: ${name}`, ...rest]);

const introspection = [
  ['of a type', '{ __type(name: "Program") { name kind fields { name type { name } } } }'],
  ['of an unknown type', '{ __type(name: "Nonsense") { name } }'],
  ['without a name', '{ __type { name } }'],
  ['of the schema', '{ __schema { queryType { name } directives { name isRepeatable args { name } } } }'],
  ['deep', '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }'],
  ['below another type', '{ viewer { __schema { queryType { name } } } }'],
  ['by a mutation', 'mutation { __typename }'],
  ['of the schema by a mutation', 'mutation { __schema { queryType { name } } }'],
  ['with an unknown field', '{ __schema { nonsense } }'],
  ['with deprecated arguments', '{ __type(name: "Query") { fields(includeDeprecated: true) { args(includeDeprecated: true) { name isDeprecated } } } }'],
  ['of what specifies a scalar', '{ __type(name: "DateTime") { specifiedByURL } }'],
  ['of oneOf', '{ __type(name: "SignInInput") { isOneOf } }'],
].map(([name, ...rest]) => [`introspection: ${name}`, ...rest]);

export const edges = [...lexical, ...numbers, ...ids, ...texts, ...enums, ...booleans, ...ints, ...idVariables, ...textVariables, ...enumVariables,
  ...booleanVariables, ...variables, ...operations, ...selections, ...fragments, ...directives, ...values, ...introspection]
  .map(([name, query, variables, operationName]) => ({ name, query, variables, operationName }));
