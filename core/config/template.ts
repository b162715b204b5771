/**
 * The `.tracey.yml` that `tracey init` writes: what was found in a repo as values, what else there is as
 * comments. It only makes text; looking into the repo and writing the file are the command's business.
 */
import { CONFIG_SCHEMA_URL } from './json-schema.ts';
import { SCHEDULE_EXAMPLE } from './schedule.ts';
import { formatLiteral } from './variables.ts';

/** What was found in a repo. */
export interface FoundRepo {
  readonly owner: string;
  readonly name: string;
  /** The test framework, e.g. `mocha`; null when none was recognised. */
  readonly framework: string | null;
  readonly testFileCount: number;
  /** Node.js versions or lines, in the order to write them; the default is used when there are none. */
  readonly nodeLines: readonly string[];
  readonly jobType: string;
  /** Relative to the repo's root; left to the framework when absent. */
  readonly testFolder?: string;
}

/** A commented `.tracey.yml` for one repo; `parseConfig` accepts it without a note. */
export function renderConfigTemplate(found: FoundRepo): string {
  const nodeLines = found.nodeLines.map((line) => `      - ${quote(line)}`);
  const testFolder = `testFolder: ${quote(found.testFolder ?? 'test')}`;
  return `# yaml-language-server: $schema=${CONFIG_SCHEMA_URL}
#
# Configuration of Tracey: which commit made which test slower.
# Check it with: tracey config check
# \${NAME} in a value stands for an environment variable; secrets belong there, never in this file.

repos:
  # ${describeTests(found)}
  - owner: ${quote(found.owner)}
    name: ${quote(found.name)}
    ${found.testFolder === undefined ? `# ${testFolder}  # default: where the framework looks` : testFolder}
    job_type: ${quote(found.jobType)}
${nodeLines.length === 0 ? '    # node_js: ["22", "24"]' : ['    node_js: # in quotes: 0.10 is not 0.1', ...nodeLines].join('\n')}
    # schedule: "${SCHEDULE_EXAMPLE}"  # second, minute, hour, day of the month, month, day of the week

# notify:
#   recipients: ["team@example.org"]
#   threshold: 10  # percent slower before anybody is told
#   smtp:
#     host: "smtp.example.org"
#     port: 587
#     user: "tracey"
#     password: "\${SMTP_PASSWORD}"
#     from: "Tracey <tracey@example.org>"

# artifacts:  # packed node_modules for machines too small to install them
#   index: "artifact_hashes.txt"
#   ipfs: { host: "127.0.0.1", port: 5001 }
#   upload: true  # false on field devices

# job:
#   waitMinutes: 60  # for another job on the same machine

# history:
#   keepSamples: 100  # newest runs that keep every sample; older ones keep medians and outcomes

# statsd: { host: "127.0.0.1", port: 8125 }
`;
}

function describeTests({ framework, testFileCount }: FoundRepo): string {
  const files = testFileCount === 1 ? '1 test file' : `${testFileCount} test files`;
  // A comment ends with its line, so whatever the name holds must stay on it.
  const name = framework?.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 40);
  return name === undefined
    ? `${files} found, of no framework that is known.`
    : `${files} found, run by ${name}.`;
}

/** Text that YAML and the replacing of variables give back as it is: JSON's quotes are YAML's. */
function quote(text: string): string {
  return JSON.stringify(formatLiteral(text));
}
