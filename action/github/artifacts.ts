/** The artifacts of a job in a workflow: their index is on GitHub, and GitHub's cache is a second place for them. */
import { computeIndexPlace } from '../../core/artifacts/artifact-index.ts';
import type { ArtifactSettings } from '../../core/artifacts/artifacts.ts';
import type { Config } from '../../core/config/config.ts';
import type { Role } from '../../core/roles.ts';
import { computeArtifactSettings } from '../artifact-settings.ts';
import { createGitHubCache } from './artifact-cache.ts';
import { createGitHubIndexWriter } from './artifact-index.ts';
import { openGitHub } from './client.ts';
import type { Step } from './step.ts';

/**
 * The artifacts that a step's job uses; null when the configuration has no such section.
 *
 * @param job `branch` is where the measured commit was found
 * @throws ArtifactError `artifact/bad-target`
 */
export function computeStepArtifacts(
  { inputs, context, log, signal, version, environment }: Step,
  job: {
    readonly config: Config;
    /** `owner/name`. */
    readonly repository: string;
    readonly branch: string | null;
    readonly role: Role;
  },
): ArtifactSettings | null {
  const { config, repository, branch, role } = job;
  const place = computeIndexPlace(config.artifacts?.index ?? null);
  const token = inputs.token ?? '';
  const { apiUrl, pullRequest } = context;
  const isFork = pullRequest?.isFork === true;
  const cache = createGitHubCache(environment.workingFolder);
  if (place.kind === 'ipfs') return computeArtifactSettings(config, { repository, role, cache });
  const writer = createGitHubIndexWriter({
    openGitHub: () => openGitHub({ token, apiUrl, version, signal, onWarning: log.tell }),
    repository,
    // A fork's branch is none of this repo's.
    branch: isFork ? null : branch,
    path: place.path,
    asked: { isFork, token, apiUrl },
    signal,
  });
  return computeArtifactSettings(config, { repository, role, writer, cache });
}
