/** What the token may do on GitHub. */
import type { Config } from '../../core/config/config.ts';
import { JobError } from '../../core/errors.ts';
import type { Environment } from '../environment.ts';
import { type GitHub, openGitHub } from '../github/client.ts';
import { createProblem } from '../github/problems.ts';
import { type Diagnosis, openDiagnosis } from './diagnosis.ts';

/** No more repositories than this are asked for. */
const ASKED = 20;

/** What the token of the configuration, or of the environment, may do with each of the configured repositories. */
export async function examineGitHub(
  config: Config,
  options: { readonly environment: Environment; readonly version: string; readonly signal: AbortSignal },
): Promise<Diagnosis[]> {
  const { note } = openDiagnosis('github');
  const { variables } = options.environment;
  const token = config.github.token ?? variables['GITHUB_TOKEN'] ?? '';
  if (token === '')
    return [note('there is no token', 'None is needed on the command line; the Action brings its own.')];
  const names = [...new Set(config.repos.map(({ owner, name }) => `${owner}/${name}`))];
  if (names.length === 0) return [note('there is a token, and no repository in repos[] to try it on')];
  const apiUrl = variables['GITHUB_API_URL'] || 'https://api.github.com';
  const github = await openGitHub({ ...options, token, apiUrl, onWarning: () => {} });
  return Promise.all(names.slice(0, ASKED).map((name) => examineRepository(github, { name, token, apiUrl })));
}

async function examineRepository(
  github: GitHub,
  { name, token, apiUrl }: { readonly name: string; readonly token: string; readonly apiUrl: string },
): Promise<Diagnosis> {
  const { fine, note, wrong } = openDiagnosis('github');
  const [owner = '', repo = ''] = name.split('/');
  try {
    const { data } = await github.rest.repos.get({ owner, repo });
    if (data.permissions?.push === true) return fine(`${name}: the token may read and write`);
    return note(
      `${name}: the token may only read`,
      'Artifact indexes, statuses and comments need one that may write.',
    );
  } catch (thrown) {
    const problem = createProblem(thrown, {
      what: name,
      permission: 'contents: read',
      repository: name,
      isFork: false,
      token,
      apiUrl,
    });
    if (problem instanceof JobError) return wrong(problem.message, problem.hint ?? null);
    throw problem;
  }
}
