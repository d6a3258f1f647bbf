// How a block of each language is made into something that runs.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jobs, setup } from './blocks.mjs';

const execute = promisify(execFile);
const client = fileURLToPath(new URL('../../clients/typescript', import.meta.url));

async function folder(t, prefix) {
  const made = await mkdtemp(prefix);
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

async function run(command, args, env, cwd) {
  try {
    return (await execute(command, args, { cwd, env: { ...process.env, ...env }, timeout: 120_000, maxBuffer: 1 << 24 })).stdout;
  } catch (error) {
    throw new Error(`${error.message}\n${error.stdout}`, { cause: error });
  }
}

// Each gives a function that runs the block of a job in an environment and returns what it printed.
export const languages = {
  async bash() {
    return (job, env) => run('bash', ['-euo', 'pipefail', '-c', `${setup.bash}\n${job.blocks.bash}`], env);
  },

  // Inside the client's folder, so that its name and its tools are found; compiled as strictly as the client itself.
  async ts(t) {
    const dir = await folder(t, join(client, '.work-'));
    await writeFile(join(dir, 'setup.ts'), setup.ts);
    for (const { number, blocks } of jobs) await writeFile(join(dir, `job${number}.ts`), blocks.ts);
    await writeFile(join(dir, 'tsconfig.json'), JSON.stringify({
      extends: '../tsconfig.json', compilerOptions: { rootDir: '.', outDir: 'dist', types: ['node'] }, include: ['*.ts'],
    }));
    await run('node', [join(client, 'node_modules/typescript/bin/tsc'), '-p', dir]);
    return (job, env) => run('node', [join(dir, 'dist', `job${job.number}.js`)], env);
  },

  // A module of its own with a program for each job.
  async go(t) {
    const dir = await folder(t, join(tmpdir(), 'tributary.'));
    await writeFile(join(dir, 'go.mod'), 'module examples\n\ngo 1.24\n');
    for (const { number, blocks } of jobs) {
      const program = join(dir, `job${number}`);
      await mkdir(program);
      await writeFile(join(program, 'tributary.go'), setup.go);
      await writeFile(join(program, 'main.go'), blocks.go);
    }
    await run('go', ['vet', './...'], { GOFLAGS: '-mod=mod' }, dir);
    await run('go', ['build', '-o', join(dir, 'bin') + '/', './...'], { GOFLAGS: '-mod=mod', CGO_ENABLED: '0' }, dir);
    return (job, env) => run(join(dir, 'bin', `job${job.number}`), [], env);
  },
};
