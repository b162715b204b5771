/** Small programs that tests put on PATH in place of real ones. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes a program for `/bin/sh`. */
export function writeShellScript(path: string, body: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}

/** Writes a CommonJS program that runs on the Node of the tests, whatever PATH says. */
export function writeNodeScript(path: string, source: string): void {
  writeShellScript(path, `exec '${process.execPath}' '${path}.cjs' "$@"`);
  writeFileSync(`${path}.cjs`, source);
}
