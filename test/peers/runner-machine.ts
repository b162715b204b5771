/** A Debian machine that is about to become a runner: what it is installed from, without a network. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAction } from '../e2e/workflow-runner.ts';
import { bootDebian, type DebianMachine } from './debian-machine.ts';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

export interface RunnerMachine {
  readonly machine: DebianMachine;
  /** Runs the setup, with all that it must be told. */
  readonly install: string;
  /** The folder that the machine sees as `/mnt`. */
  readonly material: string;
  /** The archive of the stand-in runner, and its checksum. */
  readonly archive: string;
  readonly sha256: string;
  readonly close: () => Promise<void>;
}

/** Boots one, with the scripts, the built Tracey, a Node, and an archive that stands in for GitHub's runner, in `/mnt`. */
export async function openRunnerMachine(): Promise<RunnerMachine> {
  const material = mkdtempSync(join(tmpdir(), 'tracey-setup-'));
  chmodSync(material, 0o755);
  cpSync(join(PROJECT, 'runner-setup'), join(material, 'runner-setup'), { recursive: true });
  cpSync(buildAction(material), join(material, 'dist'), { recursive: true });
  cpSync(process.execPath, join(material, 'node'));
  const archive = join(material, 'runner archive.tar.gz');
  execFileSync(join(PROJECT, 'test/runner-setup/make-stand-in-runner.sh'), [archive, '/mnt/node']);
  const sha256 = computeSha256(archive);
  makePackages(join(material, 'packages'));
  const machine = await bootDebian(material);
  machine.run(
    `rm -f /etc/apt/sources.list.d/*; echo 'deb [trusted=yes] file:/mnt/packages ./' >/etc/apt/sources.list; apt-get update`,
  );
  return {
    machine,
    install: `/mnt/runner-setup/install.sh --role primary --url https://github.com/happner --name box1 --token RIGHTTOKEN --runner-archive '/mnt/runner archive.tar.gz' --runner-sha256 ${sha256}`,
    material,
    archive,
    sha256,
    close: async () => {
      await machine.close();
      rmSync(material, { recursive: true, force: true });
    },
  };
}

export function computeSha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** A package server in a folder, with what the stand-in's runner is linked against. */
function makePackages(folder: string): void {
  const control =
    'Package: tracey-stand-in-library\nVersion: 1\nArchitecture: all\nMaintainer: Tracey <tracey@example.org>\nDescription: stands in for libraries\n';
  const content = join(folder, 'content');
  mkdirSync(join(content, 'DEBIAN'), { recursive: true });
  mkdirSync(join(content, 'usr/share/tracey-stand-in'), { recursive: true });
  writeFileSync(join(content, 'DEBIAN/control'), control);
  writeFileSync(join(content, 'usr/share/tracey-stand-in/library'), 'x');
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', content, join(folder, 'library.deb')], {
    stdio: 'ignore',
  });
  const archive = readFileSync(join(folder, 'library.deb'));
  writeFileSync(
    join(folder, 'Packages'),
    `${control}Filename: ./library.deb\nSize: ${archive.length}\nSHA256: ${computeSha256(join(folder, 'library.deb'))}\n`,
  );
}
