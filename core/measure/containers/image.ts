/** Images: from a template and a Node version to one that is on this machine, pulled when it may be. */
import type Docker from 'dockerode';
import { formatThrown, JobError } from '../../errors.ts';
import { formatBytes } from '../../units.ts';
import { ask, findStatus, formatAnswer } from './engine.ts';

export const PULLS = ['missing', 'always', 'never'] as const;
export type Pull = (typeof PULLS)[number];

/** An image as it lies on this machine. */
export interface Image {
  /** As it was asked for, e.g. `node:22`. */
  readonly reference: string;
  /** What containers are made of, whatever the reference means tomorrow. */
  readonly id: string;
  /** What its registry knows it by; null for one that was made here. */
  readonly digest: string | null;
  /** Variables that the image sets. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ImageOptions {
  readonly socketPath: string;
  readonly reference: string;
  readonly pull: Pull;
  readonly signal: AbortSignal;
  readonly onStep: (text: string) => void;
  readonly onStatus: (text: string) => void;
}

/**
 * Finds an image, or pulls it.
 *
 * @throws JobError `container/image-missing`, `container/pull-failed`, or what openEngine throws
 */
export async function resolveImage(engine: Docker, options: ImageOptions): Promise<Image> {
  const { reference, pull } = options;
  const present = pull === 'always' ? null : await findImage(engine, options);
  if (present !== null) return present;
  if (pull === 'never') {
    throw new JobError(`${reference}: there is no such image on this machine, and none may be pulled.`, {
      code: 'container/image-missing',
      hint: `Run "docker pull ${reference}", or set pull to missing or always.`,
    });
  }
  await pullImage(engine, options);
  const pulled = await findImage(engine, options);
  if (pulled !== null) return pulled;
  throw createPullError(reference, 'it is not there although it was pulled');
}

async function findImage(engine: Docker, { socketPath, reference }: ImageOptions): Promise<Image | null> {
  try {
    const found = await ask(socketPath, `looking for ${reference}`, () =>
      engine.getImage(reference).inspect(),
    );
    const env = (found.Config.Env ?? []).map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    });
    const digest = found.RepoDigests?.[0]?.split('@')[1] ?? null;
    return { reference, id: found.Id, digest, env: Object.fromEntries(env) };
  } catch (thrown) {
    if (findStatus(thrown) === 404) return null;
    throw thrown;
  }
}

/** One line of what the engine tells while it pulls. */
interface PullNews {
  readonly id?: string;
  readonly status?: string;
  readonly error?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

async function pullImage(engine: Docker, options: ImageOptions): Promise<void> {
  const { reference, socketPath, signal, onStep, onStatus } = options;
  onStep(`pulling ${reference}`);
  try {
    const stream = await ask(socketPath, `pulling ${reference}`, () =>
      engine.pull(reference, { abortSignal: signal }),
    );
    const layers = new Map<string, { readonly current: number; readonly total: number }>();
    await new Promise<void>((resolve, reject) => {
      engine.modem.followProgress(
        stream,
        (error) => (error === null ? resolve() : reject(error)),
        ({ id, error, progressDetail }: PullNews) => {
          if (error !== undefined) reject(new Error(error));
          const { current, total } = progressDetail ?? {};
          if (id === undefined || current === undefined || total === undefined) return;
          layers.set(id, { current, total });
          onStatus(`pulling ${reference}: ${formatLayers([...layers.values()])}`);
        },
      );
    });
  } catch (thrown) {
    if (thrown instanceof JobError) throw thrown;
    if (signal.aborted) throw createPullError(reference, 'interrupted', thrown);
    throw createPullError(reference, formatAnswer(thrown) || formatThrown(thrown), thrown);
  }
}

function formatLayers(layers: readonly { readonly current: number; readonly total: number }[]): string {
  const sum = (pick: 'current' | 'total') => layers.reduce((total, layer) => total + layer[pick], 0);
  return `${layers.length} layers, ${formatBytes(sum('current'))} of ${formatBytes(sum('total'))}`;
}

function createPullError(reference: string, what: string, cause?: unknown): JobError {
  return new JobError(`${reference}: the image cannot be pulled: ${what}.`, {
    code: 'container/pull-failed',
    hint: `Check its name and the network, or put it on this machine: "docker pull ${reference}", "docker load", "docker import".`,
    cause,
  });
}
