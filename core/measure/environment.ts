/**
 * What a tested process gets to see of the job's environment: a short list of names, and nothing else. Secrets
 * stay out because nothing is let in by default.
 */
import { delimiter, join } from 'node:path';

export type Variables = Readonly<Record<string, string | undefined>>;

/** Names that programs need to find their files, their language and their time zone. */
const PASSED_ON = ['HOME', 'LANG', 'LANGUAGE', 'LOGNAME', 'SHELL', 'TMPDIR', 'TZ', 'USER', 'XDG_RUNTIME_DIR'];

/** Names that package managers and git need besides, to reach registries through proxies. */
const PASSED_ON_TO_TOOLS = [
  'ALL_PROXY',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NODE_EXTRA_CA_CERTS',
  'NO_PROXY',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
];

/** Marks every process of a job, so that one that left its process group can still be found. */
export const JOB_MARK = 'TRACEY_JOB';

/**
 * The environment of a tested process: `CI` and `TRACEY` are `true`, and `node` is the Node it is measured on.
 *
 * @param inherited the job's own environment
 * @param own variables of the job type's settings; they win
 */
export function computeTestEnvironment(options: {
  readonly inherited: Variables;
  readonly nodeFolder: string;
  readonly repoFolder: string;
  /** See leftovers.ts. */
  readonly mark: string;
  readonly own: Readonly<Record<string, string>>;
}): Record<string, string> {
  const { inherited, nodeFolder, repoFolder, mark, own } = options;
  return {
    ...pickVariables(inherited, (name) => PASSED_ON.includes(name) || name.startsWith('LC_')),
    PATH: [nodeFolder, join(repoFolder, 'node_modules', '.bin'), inherited['PATH'] ?? '/usr/bin:/bin'].join(
      delimiter,
    ),
    CI: 'true',
    TRACEY: 'true',
    [JOB_MARK]: mark,
    ...own,
  };
}

/** The environment of git and package managers: proxies and npm's own settings pass, tokens of the job do not. */
export function computeToolEnvironment(inherited: Variables): Record<string, string> {
  const isTool = (name: string) =>
    PASSED_ON.includes(name) ||
    PASSED_ON_TO_TOOLS.includes(name.toUpperCase()) ||
    name.startsWith('LC_') ||
    /^npm_config_(registry|cache|userconfig|globalconfig|cafile|ca|proxy|https_proxy|noproxy|.*_registry|offline|prefer_offline)$/i.test(
      name,
    );
  return {
    ...pickVariables(inherited, isTool),
    PATH: inherited['PATH'] ?? '/usr/bin:/bin',
    CI: 'true',
    GIT_TERMINAL_PROMPT: '0',
  };
}

function pickVariables(inherited: Variables, wanted: (name: string) => boolean): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) {
    if (value !== undefined && wanted(name)) picked[name] = value;
  }
  return picked;
}
