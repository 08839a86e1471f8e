// node deploy/launch/main.mjs <program> [arguments]: runs one of our programs on a Node that can.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chooseNode } from './choose-node.mjs';

const require = createRequire(import.meta.url);

function find(file) {
  try {
    return require.resolve(file);
  } catch {
    return undefined;
  }
}

const [, , program, ...words] = process.argv;
const choice = chooseNode(process, find);
if (program === undefined) {
  console.error('Name the program: node deploy/launch/main.mjs services/stack/src/main.ts');
  process.exitCode = 2;
} else if (choice.problem) {
  console.error(choice.problem);
  process.exitCode = 1;
} else if (choice.own) {
  // The same process: signals and exit codes are the program's own.
  process.argv.splice(1, 2, resolve(program));
  await import(pathToFileURL(resolve(program)).href);
} else {
  const child = spawn(choice.command, [program, ...words], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; the program ends in order, and the launcher after it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
