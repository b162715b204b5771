/** Addresses of IPFS nodes, for people and for requests: what is secret in one never reaches a message. Pure. */
import { ArtifactError } from '../errors.ts';

const RPC_PORT = 5001;

/** Where an IPFS node's RPC is, as far as the configuration says. */
export interface NodeAddress {
  readonly host: string | null;
  readonly port: number | null;
  readonly url: string | null;
  readonly token: string | null;
}

/** The address without credentials, and what goes into the header `Authorization`. */
export interface NodeAccess {
  readonly url: URL;
  readonly authorization: string | null;
}

/**
 * How to reach a node's RPC; a token goes before a user and password in the address.
 *
 * @throws ArtifactError `artifact/bad-address`
 */
export function parseNodeAddress({ host, port, url: text, token }: NodeAddress): NodeAccess {
  const name = host?.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const url = URL.parse(text ?? `http://${name}:${port ?? RPC_PORT}`);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || (text === null && !host)) {
    throw new ArtifactError('IPFS: artifacts.ipfs names no address that can be used.', {
      code: 'artifact/bad-address',
      hint: 'Set host and port, or url: http://192.168.0.4:5001.',
    });
  }
  const { username, password } = url;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const basic = username === '' && password === '' ? null : `Basic ${Buffer.from(pair).toString('base64')}`;
  url.username = '';
  url.password = '';
  return { url, authorization: token === null ? basic : `Bearer ${token}` };
}

/** An address for people: without user, password, query. */
export function formatAddress(text: string): string {
  const url = URL.parse(text);
  return url === null ? 'an address that is none' : `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
