// Writes the documents that are made of the schema into generated.jsonl.
import { writeFileSync } from 'node:fs';
import { generate } from './generate.mjs';
import { schema } from '../sdl.mjs';

writeFileSync(new URL('generated.jsonl', import.meta.url), generate(schema).map((one) => `${JSON.stringify(one)}\n`).join(''));
