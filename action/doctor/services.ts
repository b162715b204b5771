/** What a job may use besides the machine: the IPFS node, a container engine, the mail server, the metrics server. */
import { lookup } from 'node:dns/promises';
import { existsSync } from 'node:fs';
import { openKubo } from '../../core/artifacts/kubo.ts';
import type { Config } from '../../core/config/config.ts';
import { formatThrown, TraceyError } from '../../core/errors.ts';
import { computeSocketPath, openEngine } from '../../core/measure/containers/engine.ts';
import { openMailServer } from '../../core/notify/smtp.ts';
import { formatStatsdServer } from '../../core/notify/statsd.ts';
import { computeArtifactSettings } from '../artifact-settings.ts';
import type { Environment } from '../environment.ts';
import { type Diagnosis, openDiagnosis } from './diagnosis.ts';

/** Whether the node answers us, of the address and with the token of the configuration. */
export async function examineIpfs(config: Config, { role }: Environment): Promise<Diagnosis[]> {
  const { note, fine, wrong } = openDiagnosis('ipfs');
  const settings = computeArtifactSettings(config, { repository: 'a/b', role });
  if (settings === null) return [note('artifacts are not configured')];
  return describe(wrong, async () => {
    const node = openKubo(settings.address);
    await node.listFiles('/');
    return fine(`${node.label} answers`);
  });
}

/** Whether there is an engine for the job types that want one. */
export async function examineContainers({ variables }: Environment): Promise<Diagnosis[]> {
  const { note, fine, wrong } = openDiagnosis('docker');
  return describe(wrong, async () => {
    const socket = computeSocketPath(null, variables['DOCKER_HOST']);
    if (!existsSync(socket)) return note(`no container engine: there is no ${socket}`);
    const { Version } = await (await openEngine(socket)).version();
    return fine(`${socket}: version ${Version}`);
  });
}

/** Whether the mail server lets us in. */
export async function examineMail({ notify }: Config): Promise<Diagnosis[]> {
  const { note, fine, wrong } = openDiagnosis('mail');
  const { smtp, recipients } = notify;
  if (smtp === null) return [note('no mail server is configured')];
  if (recipients.length === 0)
    return [wrong('there is a mail server and nobody to write to', 'Name somebody in notify.recipients.')];
  return describe(wrong, async () => {
    const server = openMailServer(smtp);
    await server.greet();
    return fine(`${server.name} lets us in; "tracey notify --test" sends a mail`);
  });
}

/** Whether the metrics server has an address: whether it hears us, UDP does not tell. */
export async function examineStatsd({ statsd }: Config): Promise<Diagnosis[]> {
  const { note, fine, wrong } = openDiagnosis('statsd');
  if (statsd === null) return [note('no metrics server is configured')];
  try {
    const { address } = await lookup(statsd.host);
    return [fine(`${formatStatsdServer(statsd)} is ${address}; "tracey notify --test" sends a gauge`)];
  } catch (thrown) {
    return [
      wrong(`${formatStatsdServer(statsd)} cannot be found: ${formatThrown(thrown)}`, 'Check statsd.host.'),
    ];
  }
}

async function describe(
  wrong: (what: string, remedy: string | null) => Diagnosis,
  examine: () => Promise<Diagnosis>,
): Promise<Diagnosis[]> {
  try {
    return [await examine()];
  } catch (thrown) {
    if (thrown instanceof TraceyError) return [wrong(thrown.message, thrown.hint ?? null)];
    throw thrown;
  }
}
