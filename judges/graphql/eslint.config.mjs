// The strictest rules for a schema that is meant for Relay and for strangers. Not there: alphabetize, since the order tells
// a story, and no-root-type, since it forbids mutations.
import graphql from '@graphql-eslint/eslint-plugin';
import { connections, objectTypes } from './sdl.mjs';

// What is listed in pages is asked for by its id. These entries are never asked for again by themselves.
const entries = ['StaffMember', 'SponsorSpan', 'WhatIfPartner', 'StalledConversion', 'Replay', 'Statement', 'Reconciliation', 'PayoutAttempt'];
const paged = connections().map(({ node }) => node.name).filter((name) => !entries.includes(name));
const values = objectTypes().map(({ name }) => name).filter((name) => !paged.includes(name));

const schema = process.env.JUDGED_SCHEMA;

export default [{
  files: ['**/*.graphql'],
  languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema } } },
  plugins: { '@graphql-eslint': graphql },
  rules: {
    ...graphql.configs['flat/schema-recommended'].rules,
    ...graphql.configs['flat/schema-relay'].rules,
    // The head of the schema has paragraphs, for which description-style knows no exception; everything else is one line.
    '@graphql-eslint/description-style': 'off',
    'no-restricted-syntax': ['error', { selector: ':not(SchemaDefinition) > StringValue[block=true]', message: 'Describe it in one line.' }],
    '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
    '@graphql-eslint/require-deprecation-date': 'error',
    '@graphql-eslint/require-nullable-result-in-root': 'error',
    '@graphql-eslint/require-nullable-fields-with-oneof': 'error',
    '@graphql-eslint/require-type-pattern-with-oneof': 'error',
    '@graphql-eslint/input-name': ['error', { checkInputType: true, caseSensitiveInputType: false }],
    '@graphql-eslint/require-description': ['error', {
      types: true, rootField: true, DirectiveDefinition: true, FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true,
    }],
    // Lists other than edges are wanted: nodes, userErrors, lists of texts. Not every entry can be read again by itself.
    '@graphql-eslint/relay-edge-types': ['error', { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false }],
    '@graphql-eslint/strict-id-in-types': ['error', { acceptedIdNames: ['id'], acceptedIdTypes: ['ID'], exceptions: {
      suffixes: ['Payload', 'Connection', 'Edge', 'Error'], types: values } }],
  },
}];
