/**
 * A job type that writes down the wire protocol of a library: it records versions one after the other, each in a process of
 * its own, and makes documents of what was said. Of a version that could not be recorded to its end nothing is written.
 */
import semver from 'semver';
import { JobError } from '../../core/errors.ts';
import type { Job, JobResult, JobType } from '../../core/job-type.ts';
import type { Host } from '../../core/measure/host.ts';
import { writeDocuments } from './documents.ts';
import type { ProtocolFamily } from './family.ts';
import { measureSteps } from './measure-steps.ts';
import { computeProtocol, type Protocol } from './protocol-file.ts';
import { recordVersion } from './record.ts';
import { type ProtocolSettings, parseProtocolSettings } from './settings.ts';
import { findSubjects, type Subject } from './subjects.ts';

export function createProtocolJobType(family: ProtocolFamily): JobType<ProtocolSettings> {
  return {
    name: family.name,
    parseSettings: (raw) => parseProtocolSettings(raw, family.name),
    run: (job, host) => writeDownProtocols(family, { job, host }),
  };
}

async function writeDownProtocols(
  family: ProtocolFamily,
  { job, host }: { readonly job: Job<ProtocolSettings>; readonly host: Host },
): Promise<JobResult> {
  const { settings, repoFolder } = job;
  const subjects = await findSubjects(family, { versions: settings.versions, repoFolder, host });
  host.describe({ framework: null, isolation: 'file', samples: 1 });
  const protocols: Protocol[] = [];
  for (const [index, subject] of subjects.entries()) {
    if (host.signal.aborted) break;
    const label = `${family.library}@${subject.version}`;
    host.showProgress({ done: index, total: subjects.length, label });
    const protocol = await writeDown(family, { subject, label, job, host });
    if (protocol !== null) protocols.push(protocol);
  }
  return writeDocuments(family, { protocols, earlier: host.earlierFiles });
}

async function writeDown(
  family: ProtocolFamily,
  of: {
    readonly subject: Subject;
    readonly label: string;
    readonly job: Job<ProtocolSettings>;
    readonly host: Host;
  },
): Promise<Protocol | null> {
  const { subject, label, job, host } = of;
  const { library, scenario, masks } = family;
  const node = await findNode(family, { version: subject.version, job, host });
  host.log(`recording ${label} on Node ${node.version}`);
  const { recording, process } = await recordVersion(
    {
      ...subject,
      library,
      scenario,
      nodeExecutable: node.executable,
      stepDeadlineMs: job.settings.deadlineSeconds * 1000,
    },
    host,
  );
  if (host.signal.aborted) return null;
  host.record(measureSteps(recording, { label, process }));
  return recording.isWhole ? computeProtocol(recording, { library, version: subject.version, masks }) : null;
}

/** The run's own Node where the version runs on it, else the one that it does run on. */
async function findNode(
  { library, nodes }: ProtocolFamily,
  of: { readonly version: string; readonly job: Job<ProtocolSettings>; readonly host: Host },
): Promise<{ readonly version: string; readonly executable: string }> {
  const { version, job, host } = of;
  const options = { includePrerelease: true };
  const need = nodes.find(({ versions }) => semver.satisfies(version, versions, options));
  if (need === undefined) {
    throw new JobError(`${library} ${version}: it is not known which Node it runs on.`, {
      code: 'protocol/too-old',
      hint: 'Name another version under settings.versions.',
    });
  }
  const isContained = job.node.contained !== undefined;
  if (!isContained && semver.satisfies(job.node.version, need.runsOn, options)) return job.node;
  return host.resolveNode(need.otherwise);
}
