/** A job type that writes down a protocol, run as a job would: real processes, real files, and what it handed over. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JobResult, JobType } from '../../../core/job-type.ts';
import { computeTestEnvironment } from '../../../core/measure/environment.ts';
import type { Host, HostTools } from '../../../core/measure/host.ts';
import { endLeftovers } from '../../../core/measure/leftovers.ts';
import type { FileMeasurement } from '../../../core/measure/measurement.ts';
import { runProcess } from '../../../core/measure/spawn.ts';
import { openEarlierFiles, writeOutput } from '../../../core/output-folder.ts';
import type { ProtocolFamily } from '../../../job-types/protocol/family.ts';
import type { ProtocolSettings } from '../../../job-types/protocol/settings.ts';
import { NO_TOOLS } from '../../host-tools.ts';
import { RUN_START } from '../../run-start.ts';
import { makeTemporaryFolder } from '../../temporary-folder.ts';

export interface ProtocolRun {
  readonly result: JobResult;
  readonly recorded: readonly FileMeasurement[];
  /** Process ids of what was left running, and ended then. */
  readonly left: readonly number[];
  readonly log: readonly string[];
}

export interface ProtocolRunOptions {
  readonly settings?: unknown;
  readonly repoFolder?: string;
  /** Where earlier files are, and the new ones are put. */
  readonly outputFolder?: string;
  readonly tools?: Partial<HostTools>;
  readonly signal?: AbortSignal;
}

export async function runProtocolJob(
  jobType: JobType<ProtocolSettings>,
  options: ProtocolRunOptions = {},
): Promise<ProtocolRun> {
  const scratchFolder = makeTemporaryFolder();
  const { repoFolder = scratchFolder, outputFolder = join(scratchFolder, 'output') } = options;
  const signal = options.signal ?? new AbortController().signal;
  const mark = `protocol-test-${dirname(scratchFolder)}${scratchFolder}`;
  const recorded: FileMeasurement[] = [];
  const log: string[] = [];
  const host: Host = {
    ...NO_TOOLS,
    earlierFiles: openEarlierFiles(outputFolder),
    ...options.tools,
    scratchFolder,
    signal,
    now: () => new Date(),
    log: (line) => log.push(line),
    showProgress: () => undefined,
    describe: () => undefined,
    record: (measurement) => recorded.push(measurement),
    runProcess: ({ task: _task, within: _within, ...process }) =>
      runProcess({
        ...process,
        signal,
        env: computeTestEnvironment({
          inherited: globalThis.process.env,
          nodeFolder: dirname(process.command),
          repoFolder,
          mark,
          own: process.env,
        }),
      }),
  };
  const result = await jobType.run(
    {
      id: RUN_START.id,
      repository: RUN_START.repository,
      repoFolder,
      commit: RUN_START.commitDetails,
      node: { version: process.versions.node, executable: process.execPath },
      settings: jobType.parseSettings(options.settings),
      testFolder: null,
    },
    host,
  );
  await writeOutput(outputFolder, result.files ?? []);
  return { result, recorded, left: endLeftovers(mark), log };
}

/** The content of a file that a job wrote. */
export function readFile({ result }: ProtocolRun, name: string): string {
  const file = result.files?.find((one) => one.name === name);
  if (file === undefined) throw new Error(`there is no ${name}`);
  return file.content;
}

/** A family whose library answers each line of a client with another one; what it says is up to a version of it. */
export function makeEchoFamily(): ProtocolFamily {
  const scenario = join(makeTemporaryFolder(), 'scenario.cjs');
  writeFileSync(scenario, SCENARIO);
  return {
    name: 'echo-protocol',
    library: 'echo',
    scenario,
    masks: {
      texts: [['x-session', 'session']],
      numbers: [],
      counters: [],
      patterns: [],
    },
    describeMessage: () => undefined,
    nodes: [{ versions: '*', runsOn: '>=18', otherwise: '24' }],
    oldest: '1.0.0',
  };
}

/** A repo that depends on a version of the library. */
export function makeEchoRepo(version: string, service: string): string {
  const repo = makeTemporaryFolder();
  const folder = join(repo, 'node_modules', 'echo');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'echo', version, main: 'index.js' }));
  writeFileSync(join(folder, 'index.js'), service);
  return repo;
}

/** A service over HTTP with these headers besides its own session. */
export function createEchoService(headers: Readonly<Record<string, string>>): string {
  return `
    const { createServer } = require('http');
    const { randomUUID } = require('crypto');
    exports.start = (port, callback) => {
      const server = createServer((request, response) => {
        const own = { 'x-session': randomUUID(), ...${JSON.stringify(headers)} };
        for (const name of Object.keys(own)) response.setHeader(name, own[name]);
        response.removeHeader('date');
        response.sendDate = false;
        response.end('hello');
      });
      server.listen(port, '127.0.0.1', () => callback(null, server));
    };`;
}

const SCENARIO = `
  const http = require('http');
  module.exports = (scene) => {
    const echo = scene.load('echo');
    let port;
    let server;
    const ask = (path) => scene.openGate(port, 'asker').then((gate) => new Promise((resolve, reject) => {
      const headers = { connection: 'close' };
      http.get({ host: '127.0.0.1', port: gate, path, headers }, (response) => {
        response.resume();
        response.on('end', resolve);
      }).on('error', reject);
    }));
    return [
      {
        name: 'start',
        title: 'The service starts',
        isFacts: true,
        run: () => scene.findPort().then((free) => {
          port = free;
          return scene.call(echo, 'start', port);
        }).then((started) => {
          server = started;
          return { protocolVersion: 'echo_1' };
        }),
      },
      { name: 'ask', title: 'Somebody asks', run: () => ask('/?at=' + Date.now()) },
      { name: 'sing', title: 'It sings', isLeftOut: () => !echo.sing, reason: 'it cannot sing', run: () => {} },
      { name: 'stop', title: 'The service stops', run: () => scene.call(server, 'close') },
    ];
  };`;
