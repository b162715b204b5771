/** `tracey artifact`: each step of making and restoring a packed `node_modules`, by hand. */
import type { Command } from 'commander';
import type { ArtifactFlags } from '../artifact-place.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';

interface Step<Flags> {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly string[];
  /** Flags besides those that every step has. */
  readonly options?: readonly (readonly [flags: string, description: string])[];
  readonly run: (path: string, flags: ArtifactFlags & Flags, context: CommandContext) => Promise<void>;
}

interface AllFlags {
  readonly force?: boolean;
  readonly remove?: boolean;
  readonly adopt?: boolean;
  readonly file?: string;
}

const load = () => import('../artifact-steps.ts');

const STEPS: readonly Step<AllFlags>[] = [
  {
    name: 'key',
    summary: "print the key of a repo's dependencies",
    description:
      'Prints what must be equal for an artifact to fit: platform, arch, libc, ABI of Node, SHA-256 of the lockfile (else of the dependency sections of package.json).',
    examples: ['tracey artifact key', 'tracey artifact key ../express --arch arm64 --json'],
    run: async (...given) => (await load()).showKey(...given),
  },
  {
    name: 'pack',
    summary: 'make an artifact of what is installed',
    description:
      'Packs node_modules, adds it to IPFS, pins it, and records it in the index. For another kind of machine only when nothing in it is native.',
    examples: [
      'npm ci && tracey artifact pack',
      'tracey artifact pack --arch arm64       for a device, when nothing is native',
      'tracey artifact pack --ipfs http://192.168.0.4:5001 --index ipfs',
    ],
    run: async (...given) => (await load()).pack(...given),
  },
  {
    name: 'restore',
    summary: 'put the artifact that fits in its place',
    description:
      'Looks the key up in the index, fetches the artifact from IPFS, verifies it, and puts node_modules in its place. Runs no package manager.',
    examples: [
      'tracey artifact restore',
      'tracey artifact restore ../express --gateway https://ipfs.example.org',
    ],
    options: [['--force', 'in place of the node_modules that is there']],
    run: async (...given) => (await load()).restore(...given),
  },
  {
    name: 'list',
    summary: 'print what the index names',
    description: 'Prints the keys of the index with their CIDs.',
    examples: ['tracey artifact list', 'tracey artifact list --json'],
    run: async (...given) => (await load()).list(...given),
  },
  {
    name: 'prune',
    summary: 'unpin what the index no longer names',
    description:
      "Prints the pins of the repo's artifacts that its index does not name; removes them with --remove. The node's own garbage collection frees their space.",
    examples: [
      'tracey artifact prune                   what would be unpinned',
      'tracey artifact prune --remove',
    ],
    options: [['--remove', 'unpin them; without it nothing is changed']],
    run: async (...given) => (await load()).prune(...given),
  },
  {
    name: 'import-index',
    summary: "take over the ancestor's index",
    description:
      "Takes the records of the ancestor's artifact_hashes.txt into the index, glued ones included. Its hashes know no platform: only with --adopt the one that fits package.json is recorded for this kind of machine.",
    examples: [
      'tracey artifact import-index --file old/artifact_hashes.txt --index ipfs',
      'tracey artifact import-index --adopt',
    ],
    options: [
      ['--file <file>', "the ancestor's index (default: artifact_hashes.txt of the repo)"],
      ['--adopt', 'record what fits package.json under the key of this machine'],
    ],
    run: async (...given) => (await load()).importIndex(...given),
  },
];

const EXAMPLES = [
  'npm ci && tracey artifact pack --ipfs http://192.168.0.4:5001',
  'tracey artifact restore --ipfs http://192.168.0.4:5001',
];

export function addArtifactCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const artifact = program
    .command('artifact')
    .summary('pack and restore node_modules over IPFS')
    .description('Works on artifacts: a packed node_modules, addressed by its content, kept in IPFS.')
    .addHelpText('after', formatExamples(EXAMPLES));
  for (const step of STEPS) {
    const command = artifact
      .command(step.name)
      .argument('[path]', "the repo's checkout", '.')
      .summary(step.summary)
      .description(step.description)
      .option('--config <file>', 'configuration (default: .tracey.yml of the repo)')
      .option('--ipfs <url>', "the RPC of the IPFS node (default: as configured, else this machine's)")
      .option('--gateway <url>', 'fetch from this gateway')
      .option(
        '--index <place>',
        'a file of the repo, or ipfs (default: as configured, else artifact_hashes.txt)',
      )
      .option('--platform <name>', 'for machines of this platform: linux')
      .option('--arch <name>', 'of this architecture: arm64')
      .option('--libc <name>', 'with this C library: glibc, musl')
      .option('--node-abi <number>', 'with a Node of this ABI (default: that of the Node that runs Tracey)');
    for (const [flags, description] of step.options ?? []) command.option(flags, description);
    command
      .option('--json', 'print JSON')
      .addHelpText('after', formatExamples(step.examples))
      .action(async (path: string, flags: ArtifactFlags & AllFlags) => {
        await step.run(path, flags, context);
        end(EXIT.fine);
      });
  }
}

function formatExamples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
