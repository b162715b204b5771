/**
 * The IPFS node's configuration: no public network, nothing announced, garbage collected, and whoever has no token does nothing.
 * configure-kubo.cjs CONFIG TOKENS ADDRESS; prints "changed" when it was another before. The file is written rather than
 * the node asked, which would want a token already.
 */
'use strict';
const { readFileSync, renameSync, writeFileSync } = require('node:fs');

const [file, tokensFile, address] = process.argv.slice(2);
/** What a device needs to read artifacts. */
const READING = ['version', 'block/get', 'cat', 'files/stat', 'files/ls', 'files/read'];

const tokens = Object.fromEntries(
  readFileSync(tokensFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' '))
);
const before = readFileSync(file, 'utf8');
const config = JSON.parse(before);
config.Bootstrap = [];
config.Routing = { ...config.Routing, Type: 'none' };
config.Discovery = { ...config.Discovery, MDNS: { Enabled: false } };
config.Swarm = { ...config.Swarm, DisableNatPortMap: true, RelayClient: { Enabled: false } };
config.Addresses = { ...config.Addresses, Swarm: [], Gateway: '', API: address };
config.Datastore = { ...config.Datastore, StorageMax: '20GB' };
config.API = {
  ...config.API,
  Authorizations: {
    primary: { AuthSecret: `bearer:${tokens.primary}`, AllowedPaths: ['/api/v0'] },
    field: { AuthSecret: `bearer:${tokens.field}`, AllowedPaths: READING.map((path) => `/api/v0/${path}`) },
  },
};
const after = `${JSON.stringify(config, null, 2)}\n`;
if (after !== before) {
  writeFileSync(`${file}.new`, after, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  process.stdout.write('changed\n');
}
