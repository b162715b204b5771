/**
 * Before any test: the description of GitHub's API that some are held against is fetched from npm, once. Without a network
 * only these tests fail, and say what is missing.
 */
import { githubApi } from '../scripts/peers/github-api.ts';
import { findPeer, installPeer } from '../scripts/peers/peer.ts';

export default async function fetchApiDescription(): Promise<void> {
  if ('path' in (await findPeer(githubApi))) return;
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  await installPeer(githubApi, tell).catch((error: unknown) => tell(String(error)));
}
