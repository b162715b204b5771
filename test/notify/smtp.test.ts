import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openMailServer, parseRecipient } from '../../core/notify/smtp.ts';
import { createMail, createSmtp, getPort, makeCertificate, refuse, startMailServer } from './mail-server.ts';

const PASSWORD = 'correct horse battery';

function neverEnding(): AbortSignal {
  return new AbortController().signal;
}

/** What sending fails with. */
async function findFailure(
  sending: Promise<unknown>,
): Promise<{ message: string; hint?: string; code: string }> {
  return sending.then(
    () => Promise.reject(new Error('it was sent')),
    (thrown) => thrown,
  );
}

describe('openMailServer', () => {
  it('hands a mail over as it is, marked so that no machine answers', async () => {
    const { port, mails } = await startMailServer();
    const server = openMailServer(createSmtp(port));
    const mail = createMail({ to: ['a@example.org', 'b@example.org'], references: ['<0@example.org>'] });
    expect(await server.send(mail, neverEnding())).toEqual({ rest: [], refusal: null });
    const [received] = mails;
    expect(received).toMatchObject({ from: 'tracey@example.org', to: ['a@example.org', 'b@example.org'] });
    expect(received?.parsed).toMatchObject({
      subject: 'Something',
      text: 'text\n',
      messageId: '<1@example.org>',
      references: '<0@example.org>',
      attachments: [],
    });
    expect(received?.parsed.from?.text).toBe('"Tracey" <tracey@example.org>');
    expect(received?.parsed.headers.get('auto-submitted')).toBe('auto-generated');
  });

  it('logs in, and upgrades to TLS where the server offers it', async () => {
    const { key, cert } = makeCertificate();
    const { port } = await startMailServer({
      key,
      cert,
      disabledCommands: [],
      authOptional: false,
      onAuth: ({ username, password }, _, callback) =>
        callback(password === PASSWORD ? null : new Error('no'), { user: username }),
    });
    const smtp = createSmtp(port, { user: 'tracey', password: PASSWORD });
    const failure = await findFailure(openMailServer(smtp).send(createMail(), neverEnding()));
    expect(failure).toMatchObject({ code: 'notify/mail-not-sent' });
    expect(failure.message).toMatch(
      /^E-mail: 127\.0\.0\.1:\d+ has a certificate that cannot be trusted: .*self-signed certificate/,
    );
    expect(failure.hint).toContain('NODE_EXTRA_CA_CERTS');
  });

  it('says when the server does not let us in, without the password', async () => {
    const { port } = await startMailServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ password }, _, callback) => callback(new Error(`no user has the password ${password}`)),
    });
    const smtp = createSmtp(port, { secure: false, user: 'tracey', password: PASSWORD });
    const failure = await findFailure(openMailServer(smtp).send(createMail(), neverEnding()));
    expect(failure.message).toBe(
      `E-mail: 127.0.0.1:${port} did not let us in: 535 no user has the password ….`,
    );
    expect(failure.hint).toBe('Check notify.smtp.user and notify.smtp.password.');
  });

  it('logs in without TLS on this machine, and elsewhere when that is written', async () => {
    const { port, mails } = await startMailServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ username }, _, callback) => callback(null, { user: username }),
    });
    const login = { user: 'tracey', password: PASSWORD };
    await openMailServer(createSmtp(port, login)).send(createMail(), neverEnding());
    expect(mails[0]?.user).toBe('tracey');
    const elsewhere = { ...login, host: '0.0.0.0', secure: false };
    await openMailServer(createSmtp(port, elsewhere)).send(createMail(), neverEnding());
    expect(mails).toHaveLength(2);
  });

  it('sends no password over a network in the clear unless told to', async () => {
    const seen: string[] = [];
    const { port } = await startMailServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ password }, _, callback) => {
        seen.push(password ?? '');
        callback(null, { user: 'tracey' });
      },
    });
    // This machine by an address that is not known to be that.
    const smtp = createSmtp(port, { host: '0.0.0.0', user: 'tracey', password: PASSWORD });
    const failure = await findFailure(openMailServer(smtp).send(createMail(), neverEnding()));
    expect(failure.message).toContain('did not agree on TLS');
    expect(failure.hint).toContain('A password is only sent over TLS.');
    expect(seen).toEqual([]);
  });

  it('says when TLS from the first byte meets a server that has none', async () => {
    const { port } = await startMailServer();
    const smtp = createSmtp(port, { secure: true });
    const failure = await findFailure(openMailServer(smtp).send(createMail(), neverEnding()));
    expect(failure.message).toContain(`E-mail: 127.0.0.1:${port} did not agree on TLS`);
    expect(failure.hint).toContain('for STARTTLS leave it out');
  });

  it('says that nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = getPort(server);
    server.close();
    await once(server, 'close');
    const failure = await findFailure(openMailServer(createSmtp(port)).send(createMail(), neverEnding()));
    expect(failure.message).toBe(`E-mail: 127.0.0.1:${port} refused the connection.`);
    expect(failure.hint).toBe('Check notify.smtp.host and notify.smtp.port.');
  });

  it('says that the host is not known', async () => {
    const smtp = createSmtp(25, { host: 'mail.invalid' });
    const failure = await findFailure(openMailServer(smtp).send(createMail(), neverEnding()));
    expect(failure.message).toBe('E-mail: mail.invalid:25 cannot be found.');
  });

  it('ends with the time there is, whatever the server does', async () => {
    const stop = new AbortController();
    // Takes the connection and never says a word.
    const server = createServer(() => stop.abort()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const sending = openMailServer(createSmtp(getPort(server))).send(createMail(), stop.signal);
    expect((await findFailure(sending)).message).toBe(
      `E-mail: 127.0.0.1:${getPort(server)} did not take the mail in the time there was.`,
    );
  });

  it('ends with the time there is when the server keeps the mail without a word', async () => {
    const stop = new AbortController();
    const { port } = await startMailServer({
      onData(stream) {
        stream.resume();
        stop.abort();
      },
    });
    const sending = openMailServer(createSmtp(port)).send(createMail(), stop.signal);
    expect((await findFailure(sending)).message).toContain('did not take the mail in the time there was');
  });

  it('says when the server hangs up in the middle', async () => {
    const { port, server } = await startMailServer({
      onData() {
        for (const connection of server.connections) connection.close();
      },
    });
    const failure = await findFailure(openMailServer(createSmtp(port)).send(createMail(), neverEnding()));
    expect(failure).toMatchObject({ code: 'notify/mail-not-sent' });
    expect(failure.message).toMatch(/^E-mail: 127\.0\.0\.1:\d+ could not be used: Connection closed/);
  });

  it('leaves a mail to everybody when the server takes nobody yet, or the mail not at all', async () => {
    const gray = await startMailServer({
      onRcptTo: (_, __, callback) => callback(refuse(451, 'greylisted, try again')),
    });
    const later = await openMailServer(createSmtp(gray.port)).send(createMail(), neverEnding());
    expect(later.rest).toEqual(['team@example.org']);
    expect(later.refusal?.message).toContain('does not take the mail yet: 451 greylisted, try again.');

    const strict = await startMailServer({
      onData(stream, _, callback) {
        stream.resume().on('end', () => callback(refuse(554, 'looks like spam')));
      },
    });
    const never = await openMailServer(createSmtp(strict.port)).send(createMail(), neverEnding());
    expect(never.rest).toEqual(['team@example.org']);
    expect(never.refusal).toMatchObject({ code: 'notify/mail-refused' });
    expect(never.refusal?.message).toContain('refused the mail: 554 looks like spam.');
  });

  it('leaves a mail to those who are taken later, and names who is refused', async () => {
    const { port, mails } = await startMailServer({
      onRcptTo({ address }, _, callback) {
        if (address.startsWith('later')) callback(refuse(451, 'later'));
        else if (address.startsWith('gone')) callback(refuse(550, 'no such user'));
        else callback();
      },
    });
    const mail = createMail({ to: ['here@example.org', 'later@example.org', 'gone@example.org'] });
    const { rest, refusal } = await openMailServer(createSmtp(port)).send(mail, neverEnding());
    expect(mails[0]?.to).toEqual(['here@example.org']);
    expect(rest).toEqual(['later@example.org']);
    expect(refusal?.message).toContain('took the mail for 1, but not for later@example.org (');
    expect(refusal?.message).toContain('gone@example.org (550 no such user)');
  });

  it('makes an answer harmless that does something to terminals', async () => {
    const { port } = await startMailServer({
      onMailFrom: (_, __, callback) => callback(refuse(550, 'no \u001b[31mred')),
    });
    const failure = await findFailure(openMailServer(createSmtp(port)).send(createMail(), neverEnding()));
    expect(failure.message).not.toContain('\u001b');
    expect(failure.message).toContain('answered MAIL FROM with: 550 no');
  });

  it.each([
    [{ from: 'Tracey <tracey@example.org>' }, 'Tracey <tracey@example.org>'],
    [{ from: '"The Team" <t@example.org>' }, 'The Team <t@example.org>'],
    [{ from: 't@example.org' }, 't@example.org'],
    [{ from: null, user: 'bot@example.org' }, 'Tracey <bot@example.org>'],
  ])('sends as %j', (overrides, sender) => {
    expect(openMailServer(createSmtp(25, overrides)).sender).toBe(sender);
  });

  it('sends as this machine where nothing else is known', () => {
    expect(openMailServer(createSmtp(25, { from: null })).sender).toMatch(/^Tracey <tracey@.+>$/);
  });

  it.each([
    [{ port: null, secure: true }, 'mail.example.org:465'],
    [{ port: null, secure: null }, 'mail.example.org:587'],
    [{ port: 25, secure: null }, 'mail.example.org:25'],
  ])('reaches %j', (overrides, name) => {
    const smtp = createSmtp(0, { host: 'mail.example.org', ...overrides });
    expect(openMailServer(smtp).name).toBe(name);
  });
});

describe('parseRecipient', () => {
  it.each(['team@example.org', 'a+b@x.example', 'größe@bücher.example'])('takes %s', (address) => {
    expect(parseRecipient(address)).toBe(address);
  });

  it.each([
    'team',
    'a@b, c@d',
    'a@b\r\nBcc: c@d',
    'a@b>\u0000',
    '<a@b>',
    'a b@c',
    'group: a@b;',
    `${'x'.repeat(65)}@b`,
  ])('refuses %j', (address) => {
    expect(() => parseRecipient(address)).toThrow(/^E-mail: ".*" is no e-mail address\.$/);
  });
});
