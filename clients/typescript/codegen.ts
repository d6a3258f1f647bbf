import type { CodegenConfig } from '@graphql-codegen/cli';

const text = { input: 'string', output: 'string' };

const config: CodegenConfig = {
  schema: '../../schema.graphqls',
  documents: ['operations/*.graphql'],
  emitLegacyCommonJSImports: false,
  generates: {
    'src/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: {
        documentMode: 'string',
        onlyOperationTypes: true,
        strictScalars: true,
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: {
          DateTime: text,
          Decimal: text,
          CurrencyCode: text,
          StringMap: { input: 'Record<string, string>', output: 'Record<string, string>' },
          JSONObject: { input: 'never', output: 'Record<string, unknown>' },
        },
      },
    },
  },
};
export default config;
