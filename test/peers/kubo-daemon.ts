/** Kubo daemons for tests, gone after them. */
import { onTestFinished } from 'vitest';
import type { NodeAddress } from '../../core/artifacts/address.ts';
import { kubo } from '../../scripts/peers/kubo.ts';
import { type KuboDaemon, startKuboDaemon } from '../../scripts/peers/kubo-daemon.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { requireInstalled } from './installed-peer.ts';

export interface TestKubo extends KuboDaemon {
  readonly address: NodeAddress;
}

/** To be called first in a test. */
export async function startKubo(
  context: { skip(reason: string): void },
  options: { readonly isOnline?: boolean; readonly settings?: Readonly<Record<string, unknown>> } = {},
): Promise<TestKubo> {
  const program = await requireInstalled(context, kubo);
  const daemon = await startKuboDaemon({ ...options, program, folder: makeTemporaryFolder() });
  onTestFinished(daemon.kill);
  return { ...daemon, address: { host: null, port: null, url: daemon.rpc, token: null } };
}
