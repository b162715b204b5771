/**
 * The name of a repository from the address of its remote. Pure. Only `owner/name` ever comes out: hosts, users and
 * passwords stay behind, and an address that is not understood gives null, never a guess that may hold a secret.
 */

/** Path segments that belong to the host's own layout: Bitbucket Server's `/scm/`, Azure's `/_git/`. */
const LAYOUT_SEGMENTS = ['scm', '_git'];

/** One part of a path that may be part of a name: no separators, no credentials, nothing invisible. */
const SEGMENT = /^[^\s/\\:@?#*"<>|\p{Cc}\p{Cf}]+$/u;

/**
 * Finds `owner/name` in `https://host/owner/name.git`, `ssh://git@host:22/owner/name`, `git@host:owner/name.git` and
 * the like. Of deeper paths (GitLab's subgroups) the last two parts count. Null for local paths and for what is no
 * address.
 */
export function parseRemoteUrl(address: string): string | null {
  const text = address.trim();
  const url = /^(?:git\+)?(?:https?|ssh|git|ftps?):\/\/(.*)$/is.exec(text);
  if (url?.[1] !== undefined) {
    const path = /^[^/?#]+\/([^?#]*)/s.exec(url[1]);
    return parsePath(path?.[1] ?? '');
  }
  if (text.includes('://')) return null;
  // scp-like: a host of at least two characters, so that a Windows drive is not one.
  const scp = /^(?:[^@/\\\s:]+@)?[^@/\\\s:]{2,}:(?!\/\/)(.+)$/s.exec(text);
  return scp?.[1] === undefined ? null : parsePath(scp[1]);
}

/** Whether an address is one of github.com, where commits can be looked at by their SHA. */
export function isGitHubUrl(address: string): boolean {
  return /^(?:(?:git\+)?(?:https?|ssh|git):\/\/(?:[^@/\s]*@)?github\.com(?::\d+)?\/|(?:[^@/\s:]+@)?github\.com:(?!\/\/))/i.test(
    address.trim(),
  );
}

/**
 * Finds `owner/name` in the `repository` of a `package.json`: an address as above, or npm's short forms `owner/name`,
 * `github:owner/name`.
 */
export function parsePackageRepository(repository: unknown): string | null {
  const address =
    typeof repository === 'object' && repository !== null && 'url' in repository
      ? repository.url
      : repository;
  if (typeof address !== 'string') return null;
  const short = /^(?:(?:github|gitlab|bitbucket):)?([^/:@\s]+\/[^/:@\s]+)$/.exec(address.trim());
  return short?.[1] === undefined ? parseRemoteUrl(address) : parsePath(short[1]);
}

function parsePath(path: string): string | null {
  const segments: string[] = [];
  for (const part of path.replace(/#.*$/s, '').split('/')) {
    if (part !== '' && !LAYOUT_SEGMENTS.includes(part)) segments.push(decode(part));
  }
  const [owner, last] = segments.slice(-2);
  const name = last?.replace(/\.git$/i, '');
  if (owner === undefined || name === undefined) return null;
  const isName = (segment: string) => SEGMENT.test(segment) && segment !== '.' && segment !== '..';
  return segments.every(isName) && isName(name) ? `${owner}/${name}` : null;
}

/** Percent signs that encode nothing stay as they are. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
