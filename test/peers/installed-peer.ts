/** Peers that scripts/peers installs. */
import { findPeer, type Peer } from '../../scripts/peers/peer.ts';
import { requirePeer } from './require-peer.ts';

/** To be called first in a test: the path of the peer's program; without it the test is skipped, or fails. */
export async function requireInstalled(context: { skip(reason: string): void }, peer: Peer): Promise<string> {
  const found = await findPeer(peer);
  await requirePeer(context, {
    name: peer.name,
    isThere: async () => ('path' in found ? true : found.missing),
  });
  return 'path' in found ? found.path : '';
}
