/**
 * Installs programs that tests in test/peers need: `node scripts/peers/main.ts actionlint act`, or all of them when none
 * is named. What is there stays.
 */
import { act } from './act.ts';
import { actionlint } from './actionlint.ts';
import { chromium } from './chromium.ts';
import { debianRoot } from './debian-root.ts';
import { docker } from './docker.ts';
import { githubApi } from './github-api.ts';
import { kubo } from './kubo.ts';
import { installPeer, type Peer } from './peer.ts';
import { protocolPackages } from './protocol-packages.ts';

const PEERS: readonly Peer[] = [
  actionlint,
  act,
  chromium,
  debianRoot,
  docker,
  githubApi,
  kubo,
  protocolPackages,
];

const tell = (line: string) => process.stderr.write(`${line}\n`);
const names = process.argv.slice(2);
const unknown = names.filter((name) => !PEERS.some((peer) => peer.name === name));
if (unknown.length > 0) {
  tell(`There is no peer ${unknown.join(', ')}. There are: ${PEERS.map(({ name }) => name).join(', ')}.`);
  process.exitCode = 2;
} else {
  for (const peer of PEERS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    try {
      await installPeer(peer, tell);
    } catch (error) {
      tell(`${peer.name} is not installed: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
  }
}
