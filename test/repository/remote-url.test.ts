import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isGitHubUrl, parsePackageRepository, parseRemoteUrl } from '../../core/repository/remote-url.ts';

describe('the address of a remote', () => {
  it.each([
    ['https://github.com/happner/tracey', 'happner/tracey'],
    ['https://github.com/happner/tracey.git', 'happner/tracey'],
    ['https://github.com/happner/tracey.git/', 'happner/tracey'],
    ['HTTPS://GitHub.com/Happner/Tracey.GIT', 'Happner/Tracey'],
    ['http://localhost:3000/happner/tracey', 'happner/tracey'],
    ['https://user@github.com/happner/tracey.git', 'happner/tracey'],
    ['https://x-access-token:ghs_secret@github.com/happner/tracey.git', 'happner/tracey'],
    ['https://user:p%40ss@github.com/happner/tracey.git?token=secret#main', 'happner/tracey'],
    ['git@github.com:happner/tracey.git', 'happner/tracey'],
    ['git@github.com:/happner/tracey', 'happner/tracey'],
    ['github.com:happner/tracey', 'happner/tracey'],
    ['org-123@github.com:happner/tracey.js.git', 'happner/tracey.js'],
    ['ssh://git@github.com/happner/tracey.git', 'happner/tracey'],
    ['ssh://git@ssh.github.com:443/happner/tracey.git', 'happner/tracey'],
    ['git://github.com/happner/tracey.git', 'happner/tracey'],
    ['git+https://github.com/happner/tracey.git', 'happner/tracey'],
    ['git+ssh://git@github.com/happner/tracey.git', 'happner/tracey'],
    ['https://gitlab.com/group/subgroup/tracey.git', 'subgroup/tracey'],
    ['https://bitbucket.example.org/scm/happner/tracey.git', 'happner/tracey'],
    ['https://dev.azure.com/org/happner/_git/tracey', 'happner/tracey'],
    ['https://git.sr.ht/~sircmpwn/scdoc', '~sircmpwn/scdoc'],
    ['https://example.org/%E2%82%ACuro/caf%C3%A9', '€uro/café'],
    ['https://example.org/100%/sure', '100%/sure'],
    ['  https://github.com/happner/tracey\n', 'happner/tracey'],
  ])('%s names %s', (address, name) => {
    expect(parseRemoteUrl(address)).toBe(name);
  });

  it.each([
    '',
    'tracey',
    '/srv/git/happner/tracey.git',
    '../happner/tracey',
    'file:///srv/git/happner/tracey.git',
    'C:\\work\\happner\\tracey',
    'C:/code/happner/tracey',
    'https://github.com',
    'https://github.com/',
    'https://github.com/happner',
    'https://secret@github.com',
    'user:secret@github.com:happner/tracey',
    'https://github.com/user:secret@github.com/tracey',
    'https://github.com/../tracey',
    'https://github.com/happner/..',
    'https://github.com/happner/.git',
    'https://github.com/happner%2Ftracey/x',
    'https://github.com/happner/tra cey',
    'https://github.com/happner/tra\u001b[31mcey',
    'ext::sh -c evil%/happner/tracey',
  ])('%j names none', (address) => {
    expect(parseRemoteUrl(address)).toBeNull();
  });

  const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,12}[A-Za-z0-9_-]$/);
  const names = word.filter((text) => !/\.git$/i.test(text) && !['scm', '_git'].includes(text));

  it('names the same repository in every way of writing it', () => {
    fc.assert(
      fc.property(names, names, word, (owner, name, host) => {
        const addresses = [
          `https://${host}.org/${owner}/${name}`,
          `https://${host}.org/${owner}/${name}.git`,
          `ssh://git@${host}.org:22/${owner}/${name}.git`,
          `git@${host}.org:${owner}/${name}.git`,
          `git+https://${host}.org/${owner}/${name}.git#main`,
        ];
        for (const address of addresses) expect(parseRemoteUrl(address)).toBe(`${owner}/${name}`);
      }),
    );
  });

  it('never gives away a user or a password', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9%:._~-]{0,10}S3CR3T[A-Za-z0-9%:._~-]{0,10}$/);
    const form = fc.constantFrom(
      (text: string) => `https://${text}@host.org/owner/name.git`,
      (text: string) => `https://user:${text}@host.org/owner/name`,
      (text: string) => `${text}@host.org:owner/name`,
      (text: string) => `user:${text}@host.org:owner/name`,
      (text: string) => `ssh://${text}@host.org`,
      (text: string) => `https://${text}@/owner/name?${text}#${text}`,
    );
    fc.assert(
      fc.property(secret, form, (text, write) => {
        expect(parseRemoteUrl(write(text)) ?? '').not.toContain('S3CR3T');
      }),
    );
  });

  it('is never more than two plain parts, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl()), (address) => {
        const name = parseRemoteUrl(address);
        if (name !== null) expect(name).toMatch(/^[^\s/@:\\]+\/[^\s/@:\\]+$/);
      }),
    );
  });
});

describe('the repository of a package.json', () => {
  it.each([
    ['happner/tracey', 'happner/tracey'],
    ['github:happner/tracey', 'happner/tracey'],
    ['gitlab:happner/tracey', 'happner/tracey'],
    ['https://github.com/happner/tracey.git', 'happner/tracey'],
    [{ type: 'git', url: 'git+https://github.com/happner/tracey.git' }, 'happner/tracey'],
    [{ type: 'git', url: 'happner/tracey' }, 'happner/tracey'],
    [{ type: 'git', url: 7 }, null],
    ['gist:11081aaa281', null],
    ['tracey', null],
    [null, null],
    [undefined, null],
    [['happner/tracey'], null],
  ])('%j names %j', (repository, name) => {
    expect(parsePackageRepository(repository)).toBe(name);
  });
});

describe('isGitHubUrl', () => {
  it.each([
    'https://github.com/happner/sample.git',
    'https://user:token@github.com/happner/sample',
    'git@github.com:happner/sample.git\n',
    'ssh://git@github.com:22/happner/sample',
    'git+https://GitHub.com/happner/sample',
  ])('knows %s', (address) => {
    expect(isGitHubUrl(address)).toBe(true);
  });

  it.each([
    'https://github.com.evil.example/happner/sample',
    'https://evil.example/github.com/happner',
    'https://notgithub.com/happner/sample',
    'git@gitlab.com:happner/sample.git',
    '../github.com/happner',
    '',
  ])('does not take %j for it', (address) => {
    expect(isGitHubUrl(address)).toBe(false);
  });
});
