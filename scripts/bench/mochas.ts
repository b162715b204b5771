/** The mochas that benches use: Tracey's own, and what comes with npm's `happner-serial-mocha`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchCommand, timeCommand } from './commands.ts';

export interface Mocha {
  readonly folder: string;
  /** The file of its command, relative. */
  readonly command: string;
}

export const OWN_MOCHA: Mocha = {
  folder: fileURLToPath(new URL('../../node_modules/mocha', import.meta.url)),
  command: 'bin/mocha.js',
};

const SERIAL_MOCHA = 'happner-serial-mocha@1.5.2';

/** The ancestor's runner, installed. */
export interface SerialMocha {
  /** Its mocha, 2.5. */
  readonly mocha: Mocha;
  /** Runs files of a repo; its counts go to a JSON file. */
  readonly createRun: (run: {
    readonly repo: string;
    readonly files: readonly string[];
    readonly report: string;
  }) => BenchCommand;
}

/** Installs the ancestor's runner with npm, in a folder of its own. */
export async function installSerialMocha(folder: string): Promise<SerialMocha> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  await timeCommand({
    command: 'npm',
    args: ['install', SERIAL_MOCHA, '--no-audit', '--no-fund', '--ignore-scripts'],
    cwd: folder,
    env: Object.fromEntries(
      Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    stderr: join(folder, 'install.log'),
  });
  const driver = join(folder, 'drive.cjs');
  writeFileSync(driver, DRIVER);
  return {
    mocha: { folder: join(folder, 'node_modules/mocha'), command: 'bin/mocha' },
    createRun: ({ repo, files, report }) => ({
      command: process.execPath,
      args: [driver, report, ...files],
      cwd: repo,
    }),
  };
}

/** Uses it as its README says: files, its own reporter, no folder for detailed reports. */
const DRIVER = `'use strict';
const path = require('path');
const fs = require('fs');
const [report, ...files] = process.argv.slice(2);
require('happner-serial-mocha')
  .runTasks(files.map((file) => path.resolve(file)), null, null)
  .then((results) => fs.writeFileSync(report, JSON.stringify(results.aggregated)));
`;
