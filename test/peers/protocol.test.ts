/** The wire protocols of happn-3 and happner-2, from npm: twice each, on the Node that each runs on. */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, type TestContext } from 'vitest';
import type { HostTools } from '../../core/measure/host.ts';
import { resolveNode } from '../../core/measure/node-versions/resolve.ts';
import { openPackages } from '../../core/measure/packages.ts';
import happnProtocol from '../../job-types/happn-protocol/index.ts';
import happnerProtocol from '../../job-types/happner-protocol/index.ts';
import { PROTOCOL_VERSIONS, protocolPackages } from '../../scripts/peers/protocol-packages.ts';
import { makeRepo, makeUser, writeFiles } from '../e2e/command-line.ts';
import { readFile, runProtocolJob } from '../job-types/protocol/protocol-fixture.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { requireInstalled } from './installed-peer.ts';

const ANCESTOR = fileURLToPath(new URL('../config/fixtures/ancestor.yml', import.meta.url));

async function findCache(context: TestContext): Promise<string> {
  return dirname(await requireInstalled(context, protocolPackages));
}

/** What was installed before, and nothing else. */
function openTools(cacheFolder: string): Partial<HostTools> {
  const inherited = { PATH: process.env['PATH'] };
  const refuse = () => {
    throw new Error('it is fetched anew');
  };
  return {
    packages: openPackages({ inherited, cacheFolder, onInstall: refuse }),
    resolveNode: (requested) =>
      resolveNode(requested, {
        inherited,
        cacheFolder,
        platform: process.platform,
        arch: process.arch,
        now: new Date(),
        onFetch: refuse,
      }),
  };
}

describe('the wire protocol', () => {
  it('of three majors of happn-3 is written down, twice with the same bytes', async (context) => {
    const tools = openTools(await findCache(context));
    const outputFolder = makeTemporaryFolder();
    const settings = { versions: [...PROTOCOL_VERSIONS['happn-3']] };
    const first = await runProtocolJob(happnProtocol, { settings, tools, outputFolder });
    expect(first.recorded.map(({ path, outcome, reason }) => [path, outcome, reason])).toEqual([
      ['happn-3@7.1.1', 'passed', undefined],
      ['happn-3@12.1.10', 'passed', undefined],
      ['happn-3@13.12.1', 'passed', undefined],
    ]);
    expect(first.result.files?.map(({ name }) => name)).toEqual([
      'happn_2/7.1.1/protocol.md',
      'happn_2/7.1.1/protocol.json',
      'happn_4/12.1.10/protocol.md',
      'happn_4/12.1.10/protocol.json',
      'happn_4/13.12.1/protocol.md',
      'happn_4/13.12.1/protocol.json',
      'changes.md',
    ]);
    expect(first.left).toEqual([]);
    const second = await runProtocolJob(happnProtocol, { settings, tools, outputFolder });
    expect(second.result).toEqual({ files: first.result.files });

    const newest = readFile(first, 'happn_4/13.12.1/protocol.md');
    expect(newest).toContain(
      '"data": { "protocol": "happn_4", "version": "<happn-3 version>", "browser": false }',
    );
    expect(newest).toContain('"error": { "name": "AccessDenied", "code": 403, "message": "unauthorized" }');
    expect(newest).toContain('"removed": 2');
    expect(newest).toContain('Left out: this version has no siblings.');
    expect(readFile(first, 'happn_2/7.1.1/protocol.md')).toContain('"path": "/siblings/<id>"');
    const changes = readFile(first, 'changes.md');
    expect(changes).toContain('from 12.1.10 to 13.12.1');
    expect(changes).toContain('### Set a sibling\n\nThis step is no more.');
    expect(changes).toContain('  - added `data.authType`: `"happn"`');
    expect(changes).toMatch(/- removed `_meta\.modifiedBy`.* — in \d+ messages of the service/);
  });

  it('of two majors of happner-2 with its client is written down, twice with the same bytes', async (context) => {
    const tools = openTools(await findCache(context));
    const outputFolder = makeTemporaryFolder();
    const settings = { versions: [...PROTOCOL_VERSIONS['happner-2']] };
    const first = await runProtocolJob(happnerProtocol, { settings, tools, outputFolder });
    expect(first.recorded.map(({ path, outcome, reason }) => [path, outcome, reason])).toEqual([
      ['happner-2@5.2.0', 'passed', undefined],
      ['happner-2@13.1.1', 'passed', undefined],
    ]);
    expect(first.left).toEqual([]);
    const second = await runProtocolJob(happnerProtocol, { settings, tools, outputFolder });
    expect(second.result).toEqual({ files: first.result.files });

    const oldest = readFile(first, 'happn_1.3.0/5.2.0/protocol.md');
    expect(oldest).toContain('"path": "/_exchange/requests/mesh/calculator/double"');
    expect(oldest).toContain('"data": { "status": "ok", "args": [null, 42] }');
    expect(oldest).toContain('/_exchange/responses/mesh/calculator/double/<session id>/1');
    const changes = readFile(first, 'changes.md');
    expect(changes).toContain('Protocol version `happn_4`, before that `happn_1.3.0`.');
    expect(changes).toContain(
      '- changed `protocol`: `"happn_4"`, before that `"1.3.0"` — in 16 messages of the service',
    );
  });
});

it("the ancestor's own file measures a repo that depends on happn-3", async (context) => {
  const cache = await findCache(context);
  const user = makeUser();
  const repo = makeRepo(
    join(user.folder, 'repo'),
    {
      'package.json': JSON.stringify({
        name: 'happn-protocol',
        repository: 'github:happner/happn-protocol',
        dependencies: { 'happn-3': '13.12.1' },
      }),
    },
    { hasMocha: false },
  );
  symlinkSync(join(cache, 'packages', 'happn-3@13.12.1', 'node_modules'), join(repo, 'node_modules'));
  writeFiles(repo, { '.tracey.yml': readFileSync(ANCESTOR, 'utf8') });
  mkdirSync(join(user.home, 'tracey'), { recursive: true });
  // Node 7, which it asks for, is fetched in no test.
  const ended = await user.tracey(['run', repo, '--node', '24']);
  expect(ended.stderr).toContain('recording happn-3@13.12.1 on Node 24');
  expect(ended.stdout).toContain('Written down: happn-3 13.12.1.');
  expect(ended.exitCode).toBe(0);
  const shown = await user.tracey(['show', 'latest', '--document', 'happn_4/13.12.1/protocol.md']);
  expect(shown.stdout).toContain('# The wire protocol of happn-3 13.12.1');
});
