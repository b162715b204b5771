// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the files under test hold ${NAME} as text.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CONFIG_SCHEMA_URL } from '../../core/config/json-schema.ts';
import { parseConfig } from '../../core/config/parse.ts';
import { renderConfigTemplate } from '../../core/config/template.ts';
import { options } from './options.ts';

const found = {
  owner: 'happner',
  name: 'tracey',
  framework: 'mocha',
  testFileCount: 12,
  nodeLines: ['22', '0.10'],
  jobType: 'performance-tracker-lite',
};

describe('the configuration that init writes', () => {
  it('starts with the line that gives editors the schema', () => {
    expect(renderConfigTemplate(found).split('\n')[0]).toBe(
      `# yaml-language-server: $schema=${CONFIG_SCHEMA_URL}`,
    );
  });

  it('says what was found, and parses to it without a note', () => {
    const text = renderConfigTemplate({ ...found, testFolder: 'test/func' });
    expect(text).toContain('# 12 test files found, run by mocha.');
    const { config, notes } = parseConfig(text, options);
    expect(notes).toEqual([]);
    expect(config.repos).toEqual([
      {
        owner: 'happner',
        name: 'tracey',
        testFolder: 'test/func',
        nodeVersions: ['22', '0.10'],
        jobType: 'performance-tracker-lite',
        schedule: null,
      },
    ]);
  });

  it('leaves out what was not found', () => {
    const text = renderConfigTemplate({ ...found, framework: null, testFileCount: 1, nodeLines: [] });
    expect(text).toContain('# 1 test file found, of no framework that is known.');
    const { config, notes } = parseConfig(text, options);
    expect(notes).toEqual([]);
    expect(config.repos[0]).toMatchObject({ testFolder: null, nodeVersions: null });
  });

  it('is right with all its examples switched on', () => {
    const [head = '', body = ''] = renderConfigTemplate(found).split('\nrepos:\n');
    const text = `${head}\nrepos:\n${body.replace(/^( *)# (?=[\w ]+:)/gm, '$1')}`;
    const { config } = parseConfig(text, options);
    expect(config.notify).toEqual({
      recipients: ['team@example.org'],
      thresholdRatio: 0.1,
      smtp: {
        host: 'smtp.example.org',
        port: 587,
        secure: null,
        user: 'tracey',
        password: 'hunter2',
        from: 'Tracey <tracey@example.org>',
      },
    });
    expect(config.artifacts?.ipfs).toMatchObject({ host: '127.0.0.1', port: 5001 });
    expect(config.job.waitMs).toBe(3_600_000);
    expect(config.statsd).toEqual({ host: '127.0.0.1', port: 8125, style: null });
    expect(config.repos[0]).toMatchObject({ testFolder: 'test', schedule: '00 00 02 * * *' });
  });

  it('holds any name as text and nothing else', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, text, (owner, name, framework) => {
        const content = renderConfigTemplate({ ...found, owner, name, framework });
        const literal = (value: string) => value.replaceAll('${', '$$${');
        expect(parse(content)).toEqual({
          repos: [
            {
              owner: literal(owner),
              name: literal(name),
              job_type: 'performance-tracker-lite',
              node_js: ['22', '0.10'],
            },
          ],
        });
      }),
    );
  });

  it('takes every account and repo that GitHub has', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z\d][A-Za-z\d-]{0,38}$/),
        fc.stringMatching(/^[A-Za-z\d_][\w.-]{0,50}\w$/),
        (owner, name) => {
          fc.pre(!name.endsWith('.git'));
          const { config, notes } = parseConfig(renderConfigTemplate({ ...found, owner, name }), options);
          expect(notes).toEqual([]);
          expect(config.repos[0]).toMatchObject({ owner, name });
        },
      ),
    );
  });
});
