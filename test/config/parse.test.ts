// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the files under test hold ${NAME} as text.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfig, parseConfig, parsePublicConfig } from '../../core/config/parse.ts';
import { ConfigFileError, MAX_LISTED_PROBLEMS } from '../../core/config/problems.ts';
import { ConfigError } from '../../core/errors.ts';
import { complaints, load, options, refusal } from './options.ts';

const ancestor = readFileSync(new URL('fixtures/ancestor.yml', import.meta.url), 'utf8');

describe('parseConfig', () => {
  it.each(['', '\n', '# only a comment\n', '---\n', '{}', '\uFEFF', 'repos:\nnotify:\n'])(
    'accepts a file without values: %j',
    (text) => {
      expect(load(text)).toEqual({
        jobTypes: [],
        github: { token: null },
        artifacts: null,
        repos: [],
        job: { folder: null, waitMs: null },
        history: { keepSamplesRuns: null },
        renames: [],
        confirm: { durationMs: null, pairs: null, level: null },
        notify: { recipients: [], thresholdRatio: null, smtp: null },
        statsd: null,
      });
    },
  );

  it("loads the ancestor's own file as it is", () => {
    expect(load(ancestor)).toEqual({
      jobTypes: [
        {
          name: 'performance-tracker',
          path: null,
          output: null,
          settings: { hostname: 'https://metrics.example.org', password: 'not-a-real-password' },
        },
      ],
      github: { token: 'not-a-real-token' },
      artifacts: {
        folder: './artifacts',
        index: 'artifact_hashes.txt',
        ipfs: { host: '192.0.2.4', port: 5001, url: null, gateway: null, token: null },
        upload: true,
        targets: [],
      },
      repos: [
        {
          owner: 'happner',
          name: 'tracey',
          testFolder: './test',
          nodeVersions: ['7', '0.10'],
          jobType: 'performance-tracker',
          schedule: null,
        },
        {
          owner: 'happner',
          name: 'happner-cluster',
          testFolder: 'test/func',
          nodeVersions: ['7', '0.10'],
          jobType: 'performance-tracker-lite',
          schedule: '00 50 00 * * *',
        },
        {
          owner: 'happner',
          name: 'happn-protocol',
          testFolder: null,
          nodeVersions: ['7'],
          jobType: 'happn-protocol',
          schedule: '00 00 01 * * *',
        },
      ],
      job: { folder: './tracey_job_folder', waitMs: null },
      history: { keepSamplesRuns: null },
      renames: [],
      confirm: { durationMs: null, pairs: null, level: null },
      notify: { recipients: ['ann@example.org'], thresholdRatio: 0.1, smtp: null },
      statsd: null,
    });
  });

  it('converts minutes to milliseconds, percent to a ratio and ports to numbers', () => {
    const config = load(`
job: { waitMinutes: 1.5 }
notify: { threshold: 12.5, smtp: { host: mail.example.org, port: "465", secure: true } }
statsd: { host: 127.0.0.1, port: 8125 }
history: { keepSamples: 20 }
confirm: { minutes: 2.5, pairs: 60, level: 0.99 }
`);
    expect(config.confirm).toEqual({ durationMs: 150_000, pairs: 60, level: 0.99 });
    expect(config.job.waitMs).toBe(90_000);
    expect(config.notify.thresholdRatio).toBe(0.125);
    expect(config.notify.smtp?.port).toBe(465);
    expect(config.history).toEqual({ keepSamplesRuns: 20 });
    expect(config.statsd).toEqual({ host: '127.0.0.1', port: 8125, style: null });
  });

  it('has renames in their order, chains among them', () => {
    const { renames } = load(`
renames:
  - { from: "test/a.js > old", to: "test/a.js > newer" }
  - { from: "test/a.js > newer", to: "test/a.js > newest" }
`);
    expect(renames).toEqual([
      { from: 'test/a.js > old', to: 'test/a.js > newer' },
      { from: 'test/a.js > newer', to: 'test/a.js > newest' },
    ]);
  });

  it('keeps what the settings of a job type hold, whatever they are', () => {
    const settings = load(
      'job_types: [{ name: load, path: ./load.js, settings: { a: [1, { b: true }], c: ~ } }]',
    ).jobTypes[0]?.settings;
    expect(settings).toEqual({ a: [1, { b: true }], c: null });
  });

  it('reads where the files of a job type go', () => {
    const output = (text: string) =>
      load(`job_types: [{ name: happn-protocol, output: ${text} }]`).jobTypes[0]?.output;
    expect(output('{ deliver: commit }')).toEqual({ deliver: 'commit', path: null, branch: null });
    expect(output('{ deliver: pull-request, path: docs, branch: next }')).toEqual({
      deliver: 'pull-request',
      path: 'docs',
      branch: 'next',
    });
    expect(refusal('job_types: [{ name: happn-protocol, output: { path: ../x } }]').message).toMatch(
      /output\.deliver.*\n.*output\.path must be a path inside the repo/,
    );
  });

  it('reads anchors and aliases', () => {
    const config = load(`
repos:
  - { owner: a, name: b, node_js: &versions ['22', '24'] }
  - { owner: a, name: c, node_js: *versions }
`);
    expect(config.repos[1]?.nodeVersions).toEqual(['22', '24']);
  });

  it('tells all problems of a file together, in its order, by a ConfigError with the code of the first', () => {
    const error = refusal(`
repos:
  - owner: happner
    testfolder: test
    schedule: daily
notify:
  threshold: 10%
`);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.code).toBe('config/missing-key');
    expect(error.message).toBe(
      [
        '.tracey.yml:3:5: repos[0].name is missing.',
        '.tracey.yml:4:5: Unknown key "testfolder" in repos[0]. Did you mean "testFolder"?',
        '.tracey.yml:5:5: repos[0].schedule must have 6 cron fields, got "daily". Example: "00 00 02 * * *".',
        '.tracey.yml:7:3: notify.threshold must be a number, got "10%". Write 10, without quotes or sign.',
      ].join('\n'),
    );
    expect(error.problems.map(({ code, path }) => [code, path])).toEqual([
      ['config/missing-key', 'repos[0].name'],
      ['config/unknown-key', 'repos[0].testfolder'],
      ['config/value', 'repos[0].schedule'],
      ['config/type', 'notify.threshold'],
    ]);
  });

  it('lists a bounded number of problems and counts the rest', () => {
    const keys = Array.from({ length: MAX_LISTED_PROBLEMS + 5 }, (_, index) => `unknown${index}: 1`);
    const error = refusal(keys.join('\n'));
    expect(error.problems).toHaveLength(MAX_LISTED_PROBLEMS + 5);
    expect(error.message.split('\n')).toHaveLength(MAX_LISTED_PROBLEMS + 1);
    expect(error.message).toMatch(/\.tracey\.yml: and 5 more problems\.$/);
    expect(refusal(keys.slice(0, MAX_LISTED_PROBLEMS + 1).join('\n')).message).toMatch(
      /and 1 more problem\.$/,
    );
  });

  it('throws nothing but ConfigFileError on any text', () => {
    const key = fc.constantFrom(
      'repos',
      'owner',
      'name',
      'job_types',
      'settings',
      'notify',
      'smtp',
      'node_js',
      'x',
      '__proto__',
    );
    const piece = fc.oneof(
      key.map((name) => `${name}: `),
      fc.constantFrom(
        '\n',
        '  ',
        '- ',
        '[',
        ']',
        '{',
        '}',
        ', ',
        '"',
        "'",
        '&a ',
        '*a ',
        '!t ',
        '? ',
        '|\n',
        '---\n',
        '<<: ',
      ),
      fc.constantFrom(
        '0.10',
        'true',
        '~',
        '.nan',
        '${',
        '${OWNER}',
        '$${',
        '10%',
        '# c\n',
        '\t',
        '\r\n',
        '\u0000',
      ),
      fc.string({ maxLength: 8, unit: 'binary' }),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(parseConfig, checkConfig), (content, parse) => {
        try {
          parse(content, options);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigFileError);
          const { problems } = error as ConfigFileError;
          expect(problems.length).toBeGreaterThan(0);
          expect(problems.every(({ line, column }) => line >= 1 && column >= 1)).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('throws nothing but ConfigFileError on any values', () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            repos: fc.anything(),
            job_types: fc.array(fc.anything()),
            notify: fc.dictionary(fc.constantFrom('recipients', 'threshold', 'smtp'), fc.anything()),
            artifacts: fc.dictionary(fc.constantFrom('ipfs', 'upload'), fc.anything()),
          },
          { requiredKeys: [] },
        ),
        (values) => {
          // What has no JSON, such as a bigint, is no value of a file.
          const text = JSON.stringify(values, (_, value: unknown) => (typeof value === 'bigint' ? 1 : value));
          try {
            parseConfig(text, options);
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigFileError);
          }
        },
      ),
    );
  });
});

describe('checkConfig', () => {
  it('makes a note of each variable that is missing, where parseConfig refuses the file', () => {
    const text =
      'github:\n  token: "${GITHUB_TOKEN}"\nnotify:\n  smtp: { host: mail, password: "${EMPTY}" }\n';
    expect(checkConfig(text, options).notes).toEqual([
      {
        severity: 'info',
        line: 2,
        column: 3,
        path: 'github.token',
        message: 'github.token needs the environment variable GITHUB_TOKEN, which is not set here.',
      },
      {
        severity: 'info',
        line: 4,
        column: 23,
        path: 'notify.smtp.password',
        message: 'notify.smtp.password needs the environment variable EMPTY, which is empty here.',
      },
    ]);
    expect(refusal(text).problems).toHaveLength(2);
  });

  it('does not judge a value that hangs on a missing variable', () => {
    const text = 'repos: [{ owner: "${A}", name: "${B}", schedule: "${C}", job_type: "${D}" }]\n';
    expect(checkConfig(text, options).notes).toHaveLength(4);
  });

  it('refuses everything else that parseConfig refuses', () => {
    const text = 'notify: { recipients: ["${NOPE}", me, "${1}"] }';
    expect(complaints(text, checkConfig)).toEqual([
      '1:35: notify.recipients[1] must be an e-mail address, got "me". Example: "team@example.org".',
      '1:39: notify.recipients[2] holds "${" without the name of an environment variable and a "}" after it. Write "${NAME}" for a variable, or "$${" for a plain "${".',
    ]);
  });
});

describe('a secret of the workflow', () => {
  const settings = (name: string) =>
    `job_types: [{ name: performance-tracker-lite, settings: { env: { X: "\${${name}}" } } }]`;

  it.each([
    'INPUT_TOKEN',
    'ACTIONS_RUNTIME_TOKEN',
    'STATE_x',
    'GITHUB_TOKEN',
    'SMTP_PASSWORD',
    'TRACEY_HOME',
  ])('is refused where tests would see it, set or not: %s', (name) => {
    const message = `1:66: job_types[0].settings.env.X must not hold ${name}, a secret of the workflow. Give what tests need a variable of its own, with a value that they may know.`;
    const environment = { ...options.environment, [name]: 'ghs_secret' };
    for (const read of [parseConfig, checkConfig, parsePublicConfig]) {
      const here = (text: string) => read(text, { ...options, environment });
      expect(complaints(settings(name), here)).toEqual([message]);
      expect(complaints(settings(name), read)).toEqual([message]);
    }
  });

  it('is refused everywhere when it is of a step alone', () => {
    expect(complaints('github: { token: "${INPUT_TOKEN}" }')).toEqual([
      '1:11: github.token must not hold INPUT_TOKEN, a secret of the workflow. Give what tests need a variable of its own, with a value that they may know.',
    ]);
  });

  it('is taken where Tracey itself needs it, and other variables are for tests', () => {
    const environment = { GITHUB_TOKEN: 'ghs_x', PLAIN: 'plain' };
    const text = `github: { token: "\${GITHUB_TOKEN}" }\n${settings('PLAIN')}`;
    expect(parseConfig(text, { ...options, environment }).config).toMatchObject({
      github: { token: 'ghs_x' },
      jobTypes: [{ settings: { env: { X: 'plain' } } }],
    });
  });
});

describe('parsePublicConfig', () => {
  it('leaves out what hangs on a variable that is not set, on a machine without secrets', () => {
    const { config, variables } = parsePublicConfig(
      `
github: { token: "\${NOT_SET}" }
notify: { recipients: ["a@example.org", "\${NOT_SET}@example.org"], smtp: { host: mail, port: "\${EMPTY}" } }
repos: [{ owner: "\${OWNER}", name: tracey, schedule: "\${NOT_SET}", node_js: ["22"] }]
`,
      options,
    );
    expect(variables).toEqual([
      { name: 'NOT_SET', isSecret: true },
      { name: 'EMPTY', isSecret: false },
      { name: 'OWNER', isSecret: false },
    ]);
    expect(config.github.token).toBeNull();
    expect(config.notify).toMatchObject({
      recipients: ['a@example.org'],
      smtp: { host: 'mail', port: null },
    });
    expect(config.repos).toMatchObject([{ owner: 'happner', schedule: null, nodeVersions: ['22'] }]);
  });

  it('is as parseConfig has it where every variable is set', () => {
    const text =
      'notify: { smtp: { host: mail, password: "${SMTP_PASSWORD}" } }\nrepos: [{ owner: a, name: b }]';
    expect(parsePublicConfig(text, options).config).toEqual(load(text));
  });

  it('takes the whole file of the ancestor', () => {
    expect(parsePublicConfig(ancestor, { ...options, environment: {} }).config.repos).toHaveLength(3);
  });

  it.each([
    [
      'repos: [{ owner: a, name: "${NOT_SET}" }]',
      '1:21: repos[0].name needs the environment variable NOT_SET',
    ],
    ['notify: { recipients: ["${a-b}"] }', 'notify.recipients[0] holds "${" without the name'],
    ['repos: [{ owner: a }]', 'repos[0].name is missing'],
    ['repos: [', 'This is not YAML'],
  ])('refuses what cannot be used all the same: %s', (text, message) => {
    expect(refusal(text, (...all) => ({ ...parsePublicConfig(...all), notes: [] })).message).toContain(
      message,
    );
  });
});
