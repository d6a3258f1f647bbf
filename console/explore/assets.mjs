// Writes lib/: the files of GraphiQL and React as npm has them, and the licences of all that is bundled in them.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { basename, join } from 'node:path';

const folder = fileURLToPath(new URL('.', import.meta.url));
const modules = join(folder, 'node_modules');
const lib = join(folder, 'lib');

const copied = [
  'graphiql/graphiql.min.js',
  'graphiql/graphiql.min.css',
  'react/umd/react.production.min.js',
  'react-dom/umd/react-dom.production.min.js',
];

rmSync(lib, { recursive: true, force: true });
mkdirSync(lib);
for (const file of copied) cpSync(join(modules, file), join(lib, basename(file)));

// bundled names the packages that the source map of GraphiQL's bundle speaks of. Its own sources are those of its repository.
function bundled() {
  const { sources } = JSON.parse(readFileSync(join(modules, 'graphiql/graphiql.min.js.map'), 'utf8'));
  const names = sources.filter((source) => source.includes('node_modules/')).map((source) => {
    const parts = source.slice(source.lastIndexOf('node_modules/') + 'node_modules/'.length).split('/');
    return parts.slice(0, parts[0].startsWith('@') ? 2 : 1).join('/');
  });
  return [...new Set(['graphiql', 'react', 'react-dom', ...names])].sort();
}

// licenceOf gives a package's own text where it is installed; what the bundle's makers inlined of others they name themselves.
function licenceOf(name) {
  const home = join(modules, name);
  if (!existsSync(home)) return 'Bundled by GraphiQL; see the package of this name on npm.';
  const { version, license } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const text = readdirSync(home).find((file) => /^licen[cs]e/i.test(file));
  return `${version}, ${license}\n\n${text ? readFileSync(join(home, text), 'utf8').trim() : ''}`.trim();
}

const fonts = `Fonts in graphiql.min.css
Roboto: Copyright 2011 Google Inc., Apache-2.0, https://www.apache.org/licenses/LICENSE-2.0
Fira Code: Copyright 2014-2020 The Fira Code Project Authors, SIL Open Font License 1.1, https://openfontlicense.org`;

const licences = [...bundled().map((name) => `${name} ${licenceOf(name)}`), fonts].join(`\n\n${'-'.repeat(72)}\n\n`);
writeFileSync(join(lib, 'LICENSES.txt'), `${licences.replaceAll('\r\n', '\n')}\n`);
