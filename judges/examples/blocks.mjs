// Reads the blocks of docs/api-examples.md: for each language its setup, and one block for each job.
import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../../docs/api-examples.md', import.meta.url), 'utf8');

export const setup = {};
export const jobs = [];

for (const section of page.split(/^## /m)) {
  const found = {};
  for (const [, language, isSetup, text] of section.matchAll(/^```(bash|ts|go)( setup)?\n(.*?)^```$/gms)) {
    (isSetup ? setup : found)[language] = text;
  }
  const title = /^(\d+)\. (.*)/.exec(section);
  if (title) jobs.push({ number: Number(title[1]), title: title[2], blocks: found });
}
