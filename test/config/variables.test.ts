// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the files under test hold ${NAME} as text.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeExpansion, formatLiteral, hasVariable } from '../../core/config/variables.ts';
import { load } from './options.ts';

describe('a variable', () => {
  it('is replaced anywhere in a value, several times, in lists and settings too', () => {
    const config = load(`
notify: { recipients: ["\${OWNER}@\${OWNER}.org"], smtp: { host: mail, password: "\${SMTP_PASSWORD}" } }
job_types: [{ name: x, path: x, settings: { deep: [{ token: "\${OWNER}" }] } }]
`);
    expect(config.notify.recipients).toEqual(['happner@happner.org']);
    expect(config.notify.smtp?.password).toBe('hunter2');
    expect(config.jobTypes[0]?.settings).toEqual({ deep: [{ token: 'happner' }] });
  });

  it('is not replaced in a key', () => {
    const settings = load(`job_types: [{ name: x, path: x, settings: { "\${OWNER}": 1 } }]`).jobTypes[0]
      ?.settings;
    expect(Object.keys(settings ?? {})).toEqual(['${OWNER}']);
  });

  it('is not looked for in what another one holds', () => {
    expect(computeExpansion('${A}', { A: '${B} $${', B: 'b' }).value).toBe('${B} $${');
  });

  it('is not found among what every object has', () => {
    expect(computeExpansion('${constructor}', {}).unresolved).toHaveLength(1);
  });

  it('may give a port its digits', () => {
    expect(computeExpansion({ port: '${PORT}' }, { PORT: '25' }).value).toEqual({ port: '25' });
  });

  it('stays plain text after $${', () => {
    expect(computeExpansion('$${A} ${A} $A $', { A: '1' }).value).toBe('${A} 1 $A $');
    expect(hasVariable('$${A}')).toBe(false);
    expect(hasVariable('$${A} ${A}')).toBe(true);
  });

  it.each(['${}', '${a-b}', '${1A}', '${A', '${ A }'])('needs a name and a closing brace: %j', (text) => {
    expect(computeExpansion(text, { A: '1' })).toMatchObject({
      value: text,
      unresolved: [{ reason: 'malformed' }],
    });
  });
});

describe('formatLiteral', () => {
  it('writes any text so that it comes back as it is', () => {
    const text = fc
      .array(fc.constantFrom('$', '{', '}', 'A', '${A}', '$${'), { maxLength: 12 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(text, (value) => {
        expect(computeExpansion(formatLiteral(value), { A: '1' })).toEqual({ value, unresolved: [] });
      }),
    );
  });
});
