/**
 * Tests against the real thing run only where the thing is. Elsewhere they are skipped and say why; with
 * `TRACEY_REQUIRE_PEERS=1` its absence fails them, so that a machine meant to have it cannot pass by skipping.
 */

/**
 * To be called first in a test: goes on when the peer is there, else skips the test or fails it.
 *
 * @param context the test's own, of which only `skip` is used
 * @param peer `isThere` answers true, or why the peer is not there
 */
export async function requirePeer(
  context: { skip(reason: string): void },
  peer: { readonly name: string; readonly isThere: () => Promise<true | string> },
): Promise<void> {
  const answer = await peer.isThere();
  if (answer === true) return;
  const reason = `${peer.name} is not there: ${answer}`;
  if (process.env['TRACEY_REQUIRE_PEERS'] === '1') throw new Error(reason);
  console.warn(`Skipped: ${reason}`);
  context.skip(reason);
}
