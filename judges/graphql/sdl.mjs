// The schema of the repository, and what the judges ask about it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSchema, isObjectType, isNonNullType, getNamedType } from 'graphql';

export const sdlFile = fileURLToPath(new URL('../../schema.graphqls', import.meta.url));
export const sdl = readFileSync(sdlFile, 'utf8');
export const schema = buildSchema(sdl);

export const objectTypes = (of = schema) =>
  Object.values(of.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('__'));

// connections gives every field whose type is a connection, with the type that has it and the type of its entries.
export const connections = (of = schema) => objectTypes(of).flatMap((type) =>
  Object.values(type.getFields())
    .filter((field) => getNamedType(field.type).name.endsWith('Connection'))
    .map((field) => ({ type, field, node: entriesOf(getNamedType(field.type)) })));

function entriesOf(connection) {
  const edge = getNamedType(connection.getFields().edges.type);
  return getNamedType(edge.getFields().node.type);
}

export const isRequired = (argument) => isNonNullType(argument.type) && argument.defaultValue === undefined;
export const implementsNode = (type) => type.getInterfaces().some(({ name }) => name === 'Node');
