// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the files under test hold ${NAME} as text.
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CONFIG_SCHEMA_URL, computeConfigJsonSchema } from '../../core/config/json-schema.ts';
import { renderConfigTemplate } from '../../core/config/template.ts';

const ancestor = readFileSync(new URL('fixtures/ancestor.yml', import.meta.url), 'utf8');
const schema = computeConfigJsonSchema();

function accepts(text: string): boolean {
  const ajv = new Ajv({ allowUnionTypes: true });
  addFormats.default(ajv);
  return ajv.compile(schema)(parse(text));
}

describe("the editors' schema", () => {
  it('names itself', () => {
    expect(schema).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: CONFIG_SCHEMA_URL,
      title: 'Tracey configuration (.tracey.yml)',
    });
  });

  it('accepts what init writes, the file of the ancestor, and an empty file', () => {
    const template = renderConfigTemplate({
      owner: 'happner',
      name: 'tracey',
      framework: 'mocha',
      testFileCount: 3,
      nodeLines: ['22'],
      jobType: 'performance-tracker-lite',
    });
    expect(accepts(template)).toBe(true);
    expect(accepts(ancestor)).toBe(true);
    expect(accepts('')).toBe(true);
  });

  it('accepts a variable wherever text can stand', () => {
    expect(accepts('repos: [{ owner: "${A}", name: "${B}", schedule: "${C}", job_type: "${D}" }]')).toBe(
      true,
    );
    expect(accepts('artifacts: { ipfs: { url: "${A}", port: "${B}" } }')).toBe(true);
  });

  it.each([
    'reops: []',
    'repos: [{ owner: a, name: b, testfolder: test }]',
    'repos: [{ owner: a }]',
    'repos: [{ owner: a, name: b, node_js: [22] }]',
    'repos: [{ owner: a, name: b, schedule: daily }]',
    'notify: { threshold: 10% }',
    'job: { waitMinutes: -1 }',
  ])('refuses an unknown key and a wrong value: %j', (text) => {
    expect(accepts(text)).toBe(false);
  });

  it('describes every key', () => {
    const missing: string[] = [];
    const visit = (node: unknown, path: string) => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        if (key !== 'properties') visit(value, `${path}/${key}`);
        else
          for (const [name, property] of Object.entries(value as Record<string, { description?: string }>)) {
            if (!property.description) missing.push(`${path}/${name}`);
            visit(property, `${path}/${name}`);
          }
      }
    };
    visit(schema, '');
    expect(missing).toEqual([]);
  });
});
