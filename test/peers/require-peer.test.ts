import { afterEach, expect, it, vi } from 'vitest';
import { requirePeer } from './require-peer.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const absent = { name: 'the moon', isThere: async () => 'it has set' };

/** What becomes of a test that requires a peer: the reason for which it is skipped, or null when it goes on. */
async function findSkipReason(peer: typeof absent | { name: string; isThere: () => Promise<true> }) {
  const reasons: string[] = [];
  await requirePeer({ skip: (reason) => reasons.push(reason) }, peer);
  return reasons[0] ?? null;
}

it('a peer that is there lets the test go on', async () => {
  expect(await findSkipReason({ name: 'the sun', isThere: async () => true })).toBeNull();
});

it('a peer that is absent skips the test and says why', async () => {
  vi.stubEnv('TRACEY_REQUIRE_PEERS', undefined);
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  expect(await findSkipReason(absent)).toBe('the moon is not there: it has set');
  expect(warn).toHaveBeenCalledWith('Skipped: the moon is not there: it has set');
});

it('a peer that is absent fails the test where peers are required', async () => {
  vi.stubEnv('TRACEY_REQUIRE_PEERS', '1');
  await expect(findSkipReason(absent)).rejects.toThrow('the moon is not there: it has set');
});
