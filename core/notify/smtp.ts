/**
 * Handing mails to the configured server, through nodemailer, which is loaded with the first one. What goes wrong becomes a
 * sentence that names the server and says what to do; no password is in it. Certificates are always checked.
 */
import { hostname } from 'node:os';
import type { NodemailerError, Transporter } from 'nodemailer';
import type { SmtpConfig } from '../config/config.ts';
import { ConfigError, formatThrown, NotifyError } from '../errors.ts';
import { cutText, formatUntrusted } from '../text.ts';
import type { Mail } from './queue.ts';

/** Longest wait for each answer of the server; the caller's signal bounds the whole. */
const PATIENCE_MS = 15_000;
/** An answer of the server in a message. */
const ANSWER_LENGTH = 300;

const PORTS = { secure: 465, submission: 587 } as const;

export interface MailServer {
  /** `smtp.example.org:587`. */
  readonly name: string;
  /** Whom mails are from, as people see it. */
  readonly sender: string;
  /** Of the sender, for the ids of mails. */
  readonly domain: string;
  /**
   * Hands over one mail.
   *
   * @throws NotifyError `notify/mail-not-sent` when the server cannot be used now, for this mail or any other
   */
  readonly send: (mail: Mail, signal: AbortSignal) => Promise<Handover>;
  /**
   * Greets the server and logs in, and sends nothing.
   *
   * @throws NotifyError as `send`
   */
  readonly greet: () => Promise<void>;
}

export interface Handover {
  /** Who is still to get it: everybody when the server refused the mail. */
  readonly rest: readonly string[];
  /** What the server refused; null when it took it for everybody. */
  readonly refusal: NotifyError | null;
}

/**
 * The server of the configuration; nothing is sent or loaded yet.
 *
 * @throws ConfigError `notify/bad-address` when the sender is no address
 */
export function openMailServer(smtp: SmtpConfig): MailServer {
  const port = smtp.port ?? (smtp.secure === true ? PORTS.secure : PORTS.submission);
  const name = `${smtp.host}:${port}`;
  const from = parseSender(smtp.from ?? computeSender(smtp));
  let opened: Promise<Transporter> | undefined;
  return {
    name,
    sender: from.name === '' ? from.address : `${from.name} <${from.address}>`,
    domain: from.address.slice(from.address.lastIndexOf('@') + 1),
    async send(mail, signal) {
      try {
        opened ??= openSender(smtp, port);
        const sender = await opened;
        const info = await sender.sendMail({
          ...mail,
          to: mail.to.map(parseRecipient),
          from,
          signal,
          // Nobody answers, and no machine should.
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        });
        return describeHandover(name, {
          rejected: info.rejectedErrors ?? [],
          accepted: mail.to.length - (info.rejected?.length ?? 0),
        });
      } catch (thrown) {
        if (isAboutMail(thrown)) return { rest: mail.to, refusal: createRefusal(name, thrown, smtp) };
        throw createFailure(name, thrown, smtp);
      }
    },
    async greet() {
      try {
        await (await openSender(smtp, port)).verify();
      } catch (thrown) {
        throw createFailure(name, thrown, smtp);
      }
    },
  };
}

async function openSender(smtp: SmtpConfig, port: number): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const { host, secure, user, password } = smtp;
  return createTransport({
    host,
    port,
    secure: secure === true,
    // A password crosses no network in the clear, unless somebody wrote that it may.
    requireTLS: secure === null && user !== null && !isLoopback(host),
    ...(user === null ? {} : { auth: { user, pass: password ?? '' } }),
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    dnsTimeout: PATIENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The account where that is an address, else this machine. */
function computeSender({ user }: SmtpConfig): string {
  return user?.includes('@') ? `Tracey <${user}>` : `Tracey <tracey@${hostname()}>`;
}

const ADDRESS = /^[^\s@<>,;:"()[\]\\\p{Cc}]{1,64}@[^\s@<>,;:"()\\\p{Cc}]{1,255}$/u;

/** @throws ConfigError `notify/bad-address` */
function parseSender(text: string): { readonly name: string; readonly address: string } {
  const [, name = '', address = text] = /^([^<]*)<(.*)>$/s.exec(text) ?? [];
  return { name: name.trim().replace(/^"(.*)"$/, '$1'), address: parseRecipient(address.trim()) };
}

/**
 * An address alone, of which nothing can become another header, recipient or command.
 *
 * @throws ConfigError `notify/bad-address`
 */
export function parseRecipient(text: string): string {
  if (ADDRESS.test(text)) return text;
  throw new ConfigError(`E-mail: "${cutText(formatUntrusted(text), 100)}" is no e-mail address.`, {
    code: 'notify/bad-address',
    hint: 'Write one like team@example.org in notify.recipients and notify.smtp.from.',
  });
}

/** Of what was refused, what may be taken later is still to be sent. */
function describeHandover(
  name: string,
  { rejected, accepted }: { readonly rejected: readonly NodemailerError[]; readonly accepted: number },
): Handover {
  if (rejected.length === 0) return { rest: [], refusal: null };
  const rest = rejected.flatMap((one) => (one.permanent === false && one.recipient ? [one.recipient] : []));
  const refused = rejected.map((one) => `${one.recipient} (${formatAnswer(one)})`).join(', ');
  const message = `E-mail: ${name} took the mail for ${accepted}, but not for ${formatUntrusted(refused)}.`;
  return {
    rest,
    refusal: new NotifyError(message, {
      code: 'notify/recipient-refused',
      hint: 'Correct notify.recipients, or ask whoever runs the mail server.',
    }),
  };
}

/** The server answered about this mail or whom it is for; another mail may fare better. */
function isAboutMail(thrown: unknown): boolean {
  const { code, command } = thrown as NodemailerError;
  return (code === 'EENVELOPE' && command === 'RCPT TO') || code === 'EMESSAGE';
}

function createRefusal(name: string, thrown: unknown, smtp: SmtpConfig): NotifyError {
  const failure = thrown as NodemailerError;
  const what = failure.permanent === false ? 'does not take the mail yet' : 'refused the mail';
  const answer = hidePassword(formatAnswer(failure), smtp);
  return new NotifyError(`E-mail: ${name} ${what}: ${answer}.`, {
    code: 'notify/mail-refused',
    hint: 'Check notify.recipients and notify.smtp.from.',
    cause: thrown,
  });
}

function createFailure(name: string, thrown: unknown, smtp: SmtpConfig): Error {
  if (thrown instanceof ConfigError) return thrown;
  const { what, hint } = describeFailure(thrown as NodemailerError, smtp);
  return new NotifyError(`E-mail: ${name} ${hidePassword(what, smtp)}.`, {
    code: 'notify/mail-not-sent',
    ...(hint === null ? {} : { hint }),
    cause: thrown,
  });
}

const CERTIFICATE =
  /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT_ALTNAME_INVALID|certificate|altnames|self.signed/i;

/** What happened, to be read after the server's name, and what to do about it. */
function describeFailure(failure: NodemailerError, smtp: SmtpConfig): { what: string; hint: string | null } {
  const { code = '', originalCode = '', command = '' } = failure;
  const message = cutText(formatUntrusted(formatThrown(failure)), ANSWER_LENGTH);
  const answer = formatAnswer(failure);
  if (code === 'EABORT') return { what: 'did not take the mail in the time there was', hint: null };
  if (CERTIFICATE.test(`${originalCode} ${code} ${message}`)) {
    return {
      what: `has a certificate that cannot be trusted: ${message}`,
      hint: "Name the host as its certificate does, or give Node the authority's certificate in NODE_EXTRA_CA_CERTS.",
    };
  }
  if (code === 'EAUTH' || code === 'ENOAUTH') {
    return { what: `did not let us in: ${answer}`, hint: 'Check notify.smtp.user and notify.smtp.password.' };
  }
  if (code === 'ETLS' || /SSL|wrong version number/i.test(`${originalCode} ${message}`)) {
    return {
      what: `did not agree on TLS: ${message}`,
      hint:
        smtp.secure === true
          ? `secure: true means TLS from the first byte, usually on port ${PORTS.secure}; for STARTTLS leave it out.`
          : `A password is only sent over TLS. Use the TLS port with secure: true, or write secure: false to send it in the clear.`,
    };
  }
  if (code === 'EDNS') return { what: 'cannot be found', hint: 'Check notify.smtp.host.' };
  if (code === 'ETIMEDOUT') return { what: `does not answer: ${message}`, hint: null };
  if (originalCode === 'ECONNREFUSED') {
    return { what: 'refused the connection', hint: 'Check notify.smtp.host and notify.smtp.port.' };
  }
  if (failure.responseCode) return { what: `answered ${command || 'us'} with: ${answer}`, hint: null };
  return { what: `could not be used: ${message}`, hint: null };
}

function formatAnswer(failure: NodemailerError): string {
  return cutText(formatUntrusted(failure.response ?? formatThrown(failure)), ANSWER_LENGTH);
}

/** A server may say anything. */
function hidePassword(text: string, { password }: SmtpConfig): string {
  return password === null ? text : text.replaceAll(password, '…');
}
