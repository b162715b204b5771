/**
 * Blocks from an IPFS gateway, the trustless kind included (specs.ipfs.tech/http-gateways/trustless-gateway): each is asked
 * for as it is, and what comes is verified by whoever asked.
 */
import { ArtifactError, formatThrown } from '../errors.ts';
import { formatAddress } from './address.ts';
import type { BlockSource } from './fetch.ts';

/** A gateway by its address, `https://ipfs.example.org`. Nothing is asked yet. */
export function openGateway(url: string): BlockSource {
  const label = formatAddress(url);
  const base = url.replace(/\/+$/, '');
  return {
    label,
    async readBlock(cid, { signal, take }) {
      const response = await request(`${base}/ipfs/${cid}?format=raw`, { label, signal });
      if (!response.ok || response.body === null) throw createRefusal(label, response.status);
      for await (const piece of response.body) take(piece);
    },
  };
}

async function request(
  url: string,
  { label, signal }: { readonly label: string; readonly signal: AbortSignal },
): Promise<Response> {
  try {
    return await fetch(url, { signal, headers: { accept: 'application/vnd.ipld.raw' } });
  } catch (cause) {
    if (signal.aborted) throw cause;
    const { cause: inner } = cause as Error;
    throw new ArtifactError(`IPFS gateway ${label}: cannot be reached: ${formatThrown(inner ?? cause)}.`, {
      code: 'artifact/unreachable',
      hint: 'See whether artifacts.ipfs.gateway in .tracey.yml is right.',
      cause,
    });
  }
}

function createRefusal(label: string, status: number): ArtifactError {
  return new ArtifactError(`IPFS gateway ${label}: answered with HTTP status ${status}.`, {
    code: 'artifact/refused',
    hint: 'It must serve blocks (`?format=raw`), and have the content or know who has it.',
  });
}
