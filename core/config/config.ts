/**
 * The configuration as the rest of Tracey sees it: camelCase, milliseconds, ratios, and null for what the file
 * does not say — defaults belong to whoever knows the flags and inputs that come before them.
 */
import type { ConfigFile, DELIVERIES, StatsdStyle } from './schema.ts';

/** `.tracey.yml`, checked, with its variables replaced and its units converted. */
export interface Config {
  readonly jobTypes: readonly JobTypeConfig[];
  readonly github: { readonly token: string | null };
  /** Null when the file has no such section: then no artifacts are used. */
  readonly artifacts: ArtifactsConfig | null;
  readonly repos: readonly RepoConfig[];
  readonly job: {
    readonly folder: string | null;
    /** How long to wait for the machine. */
    readonly waitMs: number | null;
  };
  readonly history: {
    /** For so many of the newest runs every sample is kept. */
    readonly keepSamplesRuns: number | null;
  };
  /** What goes on under another name; no two lines agree on a side, and none leads back to its beginning. */
  readonly renames: readonly { readonly from: string; readonly to: string }[];
  readonly confirm: ConfirmConfig;
  readonly notify: NotifyConfig;
  /** Null: no gauges are sent. */
  readonly statsd: StatsdConfig | null;
}

interface JobTypeConfig {
  readonly name: string;
  /** npm package or path; null for a built-in job type. */
  readonly path: string | null;
  /** What its own `parseSettings` makes sense of. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Null: its files stay on the machine that measured. */
  readonly output: OutputConfig | null;
}

export interface OutputConfig {
  readonly deliver: (typeof DELIVERIES)[number];
  /** Relative to the repo's root. */
  readonly path: string | null;
  readonly branch: string | null;
}

interface ArtifactsConfig {
  readonly folder: string | null;
  readonly index: string | null;
  /** Has a `host` or a `url`. */
  readonly ipfs: IpfsConfig | null;
  readonly upload: boolean | null;
  /** As written: `linux-arm64-glibc-node137`. */
  readonly targets: readonly string[];
}

interface IpfsConfig {
  readonly host: string | null;
  readonly port: number | null;
  readonly url: string | null;
  readonly gateway: string | null;
  readonly token: string | null;
}

export interface RepoConfig {
  readonly owner: string;
  readonly name: string;
  readonly testFolder: string | null;
  /** As written: exact versions, lines or labels. */
  readonly nodeVersions: readonly string[] | null;
  /** Always a built-in job type or one of `jobTypes`. */
  readonly jobType: string | null;
  /** Six cron fields, seconds first. */
  readonly schedule: string | null;
}

export interface StatsdConfig {
  readonly host: string;
  readonly port: number | null;
  readonly style: StatsdStyle | null;
}

export interface ConfirmConfig {
  /** Longest time for the suspects of a run; 0: nothing is confirmed. */
  readonly durationMs: number | null;
  readonly pairs: number | null;
  /** 0.999 for one error in a thousand jobs. */
  readonly level: number | null;
}

interface NotifyConfig {
  readonly recipients: readonly string[];
  /** How much slower before anybody is told, as a ratio: 0.1 for the file's 10 percent. */
  readonly thresholdRatio: number | null;
  readonly smtp: SmtpConfig | null;
}

export interface SmtpConfig {
  readonly host: string;
  readonly port: number | null;
  readonly secure: boolean | null;
  readonly user: string | null;
  readonly password: string | null;
  readonly from: string | null;
}

/**
 * The name of the built-in job type that `name` means: itself, or with `-` for the `_` that the ancestor
 * wrote; any other name stays as it is.
 */
export function findJobTypeName(name: string, knownJobTypes: readonly string[]): string {
  const dashed = name.replaceAll('_', '-');
  return !knownJobTypes.includes(name) && knownJobTypes.includes(dashed) ? dashed : name;
}

/** The configuration that a checked file stands for. */
export function computeConfig(file: ConfigFile, knownJobTypes: readonly string[]): Config {
  const { github, artifacts, job, history, confirm, notify, statsd } = file;
  return {
    jobTypes: (file.job_types ?? []).map((jobType) => {
      const name = findJobTypeName(jobType.name, knownJobTypes);
      const path = knownJobTypes.includes(name) ? null : (jobType.path ?? null);
      return { name, path, settings: jobType.settings ?? {}, output: computeOutput(jobType.output) };
    }),
    github: { token: (github?.token ?? github?.user?.token) || null },
    artifacts: artifacts ? computeArtifacts(artifacts) : null,
    repos: (file.repos ?? []).map((repo) => ({
      owner: repo.owner,
      name: repo.name,
      testFolder: repo.testFolder ?? null,
      nodeVersions: repo.node_js ?? null,
      jobType: repo.job_type ? findJobTypeName(repo.job_type, knownJobTypes) : null,
      schedule: repo.schedule?.trim().replace(/\s+/g, ' ') ?? null,
    })),
    job: {
      folder: job?.folder ?? null,
      waitMs: typeof job?.waitMinutes === 'number' ? job.waitMinutes * 60_000 : null,
    },
    history: { keepSamplesRuns: history?.keepSamples ?? null },
    renames: file.renames ?? [],
    confirm: {
      durationMs: typeof confirm?.minutes === 'number' ? confirm.minutes * 60_000 : null,
      pairs: confirm?.pairs ?? null,
      level: confirm?.level ?? null,
    },
    notify: computeNotify(notify),
    statsd: statsd
      ? { host: statsd.host, port: computePort(statsd.port), style: statsd.style ?? null }
      : null,
  };
}

function computeOutput(output: NonNullable<ConfigFile['job_types']>[number]['output']): OutputConfig | null {
  if (!output) return null;
  const { deliver, path, branch } = output;
  return { deliver, path: path ?? null, branch: branch ?? null };
}

function computeArtifacts(artifacts: NonNullable<ConfigFile['artifacts']>): ArtifactsConfig {
  const { ipfs } = artifacts;
  return {
    folder: artifacts.folder ?? null,
    index: artifacts.index ?? null,
    upload: artifacts.upload ?? null,
    targets: artifacts.targets ?? [],
    ipfs: ipfs
      ? {
          host: ipfs.host ?? null,
          port: computePort(ipfs.port),
          url: ipfs.url ?? null,
          gateway: ipfs.gateway ?? null,
          token: ipfs.token ?? null,
        }
      : null,
  };
}

function computeNotify(notify: ConfigFile['notify']): NotifyConfig {
  const smtp = notify?.smtp;
  return {
    recipients: notify?.recipients ?? [],
    thresholdRatio: typeof notify?.threshold === 'number' ? notify.threshold / 100 : null,
    smtp: smtp
      ? {
          host: smtp.host,
          port: computePort(smtp.port),
          secure: smtp.secure ?? null,
          user: smtp.user ?? null,
          password: smtp.password ?? null,
          from: smtp.from ?? null,
        }
      : null,
  };
}

function computePort(port: number | string | null | undefined): number | null {
  return port === null || port === undefined ? null : Number(port);
}
