// Runs the tools that are programs.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

export const folder = fileURLToPath(new URL('.', import.meta.url));

// run gives how a tool ended and what it said.
export const run = (tool, args, cwd = folder, environment = {}) => new Promise((resolve, reject) => {
  const child = spawn(join(folder, 'node_modules', '.bin', tool), args, {
    cwd, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000,
  });
  let said = '';
  child.stdout.on('data', (text) => { said += text; });
  child.stderr.on('data', (text) => { said += text; });
  child.once('error', reject);
  child.once('close', (code) => resolve({ code, said }));
});

// scratch makes a folder inside this one, so that what is installed here is found from it.
export async function scratch(t) {
  const made = await mkdtemp(join(folder, '.work-'));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}
