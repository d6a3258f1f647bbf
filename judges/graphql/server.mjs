// The program as it is run with nothing configured: a folder, a port and a process of its own, ended by its id.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import assert from 'node:assert/strict';

// serve runs the program, with more settings where a test needs them.
export const serve = (t, settings = {}) => start(t, 'serve', 1, settings);

// demo serves the sample program, with a month that is paid. It listens once before that, for the simulator's webhooks.
export const demo = (t) => start(t, 'demo', 2, {});

async function start(t, command, listens, settings) {
  const program = process.env.TRIBUTARY;
  assert.ok(program, 'TRIBUTARY names the program: scripts/judges builds it');
  const folder = await mkdtemp(join(tmpdir(), 'tributary.'));
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TRIBUTARY_')));
  const child = spawn(program, [command], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // The judges ask more in a minute than a caller may.
    env: { ...environment, TRIBUTARY_ADDR: '127.0.0.1:0', TRIBUTARY_DATA_DIR: folder, TRIBUTARY_API_POINTS: '1000000', TRIBUTARY_API_POINTS_PER_SECOND: '1000000', ...settings },
  });
  const ended = once(child, 'exit');
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  t.after(async () => {
    child.kill('SIGTERM');
    const [code] = await ended;
    process.removeListener('exit', kill);
    await rm(folder, { recursive: true, force: true });
    assert.equal(code, 0, 'the program lived to the end and ended as it should');
  });
  const log = [];
  const address = await new Promise((resolve, reject) => {
    createInterface(child.stderr).on('line', (line) => {
      log.push(line);
      const found = /msg=listening address=(\S+)/.exec(line);
      if (found && --listens === 0) resolve(found[1]);
    });
    ended.then(([code]) => reject(new Error(`the program ended with ${code}:\n${log.join('\n')}`)));
  });
  return { url: `http://${address}/graphql`, log };
}
