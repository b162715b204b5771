/** Real mail servers on loopback, ended with the test. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';
import type { SmtpConfig } from '../../core/config/config.ts';
import type { Mail } from '../../core/notify/queue.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

export interface ReceivedMail {
  readonly parsed: ParsedMail;
  /** As it came. */
  readonly raw: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly isSecure: boolean;
  readonly user: string | undefined;
}

export interface MailServerFixture {
  readonly port: number;
  readonly server: SMTPServer;
  /** In their order. */
  readonly mails: readonly ReceivedMail[];
}

/** A server that takes every mail, without TLS and login unless the options say otherwise. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServerFixture> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    logger: false,
    onData(stream, session, callback) {
      void readAll(stream).then(async (raw) => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          parsed: await simpleParser(raw),
          raw,
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          isSecure: session.secure,
          user: typeof session.user === 'string' ? session.user : undefined,
        });
        callback();
      }, callback);
    },
    ...options,
  });
  // Clients that distrust the certificate end the handshake.
  server.on('error', () => undefined);
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const connection of server.connections) connection.close();
      }),
  );
  return { port: getPort(listener), server, mails };
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text;
}

export function getPort(server: Server): number {
  return (server.address() as AddressInfo).port;
}

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** Of the certificate. */
  readonly file: string;
}

/** A certificate that signed itself, for `localhost` and 127.0.0.1. */
export function makeCertificate(): Certificate {
  const folder = join(makeTemporaryFolder(), 'certificate');
  mkdirSync(folder);
  const [key, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const args = [
    'req',
    '-x509',
    ...kind,
    '-subj',
    '/CN=localhost',
    '-addext',
    names,
    '-keyout',
    key,
    '-out',
    file,
  ];
  execFileSync('openssl', args, { stdio: 'pipe' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(file, 'utf8'), file };
}

export function createSmtp(port: number, overrides: Partial<SmtpConfig> = {}): SmtpConfig {
  return {
    host: '127.0.0.1',
    port,
    secure: null,
    user: null,
    password: null,
    from: 'Tracey <tracey@example.org>',
    ...overrides,
  };
}

export function createMail(overrides: Partial<Mail> = {}): Mail {
  return {
    to: ['team@example.org'],
    subject: 'Something',
    text: 'text\n',
    html: '<p>html</p>',
    messageId: '<1@example.org>',
    references: [],
    ...overrides,
  };
}

/** What a server says to turn something down. */
export function refuse(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
