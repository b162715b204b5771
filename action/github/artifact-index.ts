/**
 * The index of artifacts as a file of the repo on GitHub, written with a commit that starts no workflow. Somebody else may
 * write it at the same time: GitHub refuses the later one, who reads again and puts its own entries to what is there then.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ArtifactIndexWriter } from '../../core/artifacts/repo-index.ts';
import { ArtifactError } from '../../core/errors.ts';
import type { GitHub } from './client.ts';
import { type Asked, createProblem } from './problems.ts';

export interface GitHubIndexOptions {
  /** Called when the index is first used. */
  readonly openGitHub: () => Promise<GitHub>;
  /** `owner/name` of the repo whose index it is. */
  readonly repository: string;
  /** Where it is read and written; null: the repo's default branch. */
  readonly branch: string | null;
  /** Relative to the repo's root. */
  readonly path: string;
  /** Of what is asked, for messages. */
  readonly asked: Pick<Asked, 'isFork' | 'token' | 'apiUrl'>;
  readonly signal: AbortSignal;
  /** Between two tries at most; shorter in tests. */
  readonly pauseMs?: number;
}

const TRIES = 8;
const PAUSE_MS = 1000;

interface Found {
  readonly text: string | null;
  readonly sha: string | undefined;
}

/** Writes the index through GitHub's contents API. Nothing is asked yet. */
export function createGitHubIndexWriter(options: GitHubIndexOptions): ArtifactIndexWriter {
  const { repository, branch, path, signal } = options;
  const [owner = '', repo = ''] = repository.split('/');
  const file = { owner, repo, path };
  const place = branch === null ? {} : { branch };
  const label = `${path} of ${repository}`;
  let opened: Promise<GitHub> | undefined;

  const ask = async <Result>(work: (github: GitHub) => Promise<Result>): Promise<Result> => {
    try {
      opened ??= options.openGitHub();
      return await work(await opened);
    } catch (thrown) {
      const what = `Index of artifacts (${label})`;
      throw createProblem(thrown, { ...options.asked, what, permission: 'contents: write', repository });
    }
  };
  const read = (github: GitHub): Promise<Found> => readFile(github, { ...file, ref: branch }, label);
  return {
    label,
    read: async () => (await ask(read)).text,
    update: (change, subject) =>
      ask(async (github) => {
        for (let tries = 1; ; tries += 1) {
          const { text, sha } = await read(github);
          const next = change(text);
          if (next === text) return;
          try {
            await github.rest.repos.createOrUpdateFileContents({
              ...file,
              ...place,
              message: `${subject} [skip ci]`,
              content: Buffer.from(next).toString('base64'),
              ...(sha === undefined ? {} : { sha }),
              // The same again would be refused again.
              request: { retries: 0 },
            });
            return;
          } catch (thrown) {
            if (!isConflict(thrown) || tries === TRIES) throw thrown;
          }
          // Two that were refused together must not come back together.
          await pause(Math.random() * tries * (options.pauseMs ?? PAUSE_MS), undefined, { signal });
        }
      }),
  };
}

/** A file that is not there yet has no text; neither has a branch that is not. */
async function readFile(
  github: GitHub,
  of: { readonly owner: string; readonly repo: string; readonly path: string; readonly ref: string | null },
  label: string,
): Promise<Found> {
  const { ref, ...file } = of;
  try {
    const { data } = await github.rest.repos.getContent({ ...file, ...(ref === null ? {} : { ref }) });
    if (!Array.isArray(data) && data.type === 'file' && 'content' in data && data.encoding === 'base64') {
      return { text: Buffer.from(data.content, 'base64').toString('utf8'), sha: data.sha };
    }
  } catch (thrown) {
    if (findStatus(thrown) === 404) return { text: null, sha: undefined };
    throw thrown;
  }
  throw new ArtifactError(`Index of artifacts (${label}): is no file that GitHub gives the text of.`, {
    code: 'artifact/index-unreadable',
    hint: 'It must be a file of less than 1 MB. Name another one with artifacts.index in .tracey.yml.',
  });
}

/** 409, or 422 where a file has come to be that was not there when it was read. */
function isConflict(thrown: unknown): boolean {
  const status = findStatus(thrown);
  return status === 409 || (status === 422 && thrown instanceof Error && /\bsha\b/i.test(thrown.message));
}

function findStatus(thrown: unknown): number | undefined {
  const status: unknown = thrown instanceof Error ? Reflect.get(thrown, 'status') : undefined;
  return typeof status === 'number' ? status : undefined;
}
