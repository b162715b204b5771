/** `protocol.json`: the protocol of one version as it was recorded and masked. What else there is is made of it. Pure. */
import { z } from '../../core/zod.ts';
import { createMasker, type Masks, type SaidMessage } from './masks.ts';
import type { Recording } from './recording.ts';

const who = { connection: z.string(), from: z.enum(['client', 'service']) };
const messageSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...who,
    kind: z.enum(['request', 'answer']),
    line: z.string(),
    headers: z.record(z.string(), z.string()),
  }),
  z.strictObject({ ...who, kind: z.literal('message'), body: z.unknown() }),
  z.strictObject({ ...who, kind: z.literal('binary'), bytes: z.number() }),
  z.strictObject({
    ...who,
    kind: z.literal('close'),
    code: z.number().nullable(),
    reason: z.string(),
  }),
]);

const stepSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  /** Why it was not done: this version has no such thing. */
  leftOut: z.string().optional(),
  messages: z.array(messageSchema),
});

const protocolSchema = z.strictObject({
  schema: z.literal('tracey.protocol/1'),
  library: z.string(),
  version: z.string(),
  protocolVersion: z.string(),
  steps: z.array(stepSchema),
});
export type Protocol = z.infer<typeof protocolSchema>;
export type ProtocolStep = z.infer<typeof stepSchema>;
export type ProtocolMessage = z.infer<typeof messageSchema>;

/** The protocol that a whole recording shows. */
export function computeProtocol(
  recording: Recording,
  of: { readonly library: string; readonly version: string; readonly masks: Masks },
): Protocol {
  const { library, version, masks } = of;
  const messages = recording.steps.flatMap((step) => step.messages);
  const { protocolVersion = 'unknown', ...others } = recording.facts;
  const constants = new Map([[version, `${library} version`]]);
  for (const [name, value] of Object.entries(others)) constants.set(value, name);
  const masker = createMasker(masks, { messages, constants });
  return {
    schema: 'tracey.protocol/1',
    library,
    version,
    protocolVersion,
    steps: recording.steps.map(({ name, title, ending, messages: said }) => ({
      name,
      title,
      ...(ending.kind === 'left-out' ? { leftOut: ending.reason } : {}),
      messages: masker.mask(said).map(orderMessage),
    })),
  };
}

/** Who speaks comes first. */
function orderMessage({ connection, from, kind, ...rest }: SaidMessage): ProtocolMessage {
  return { connection, from, kind, ...rest } as ProtocolMessage;
}

export function formatProtocol(protocol: Protocol): string {
  return `${JSON.stringify(protocol, null, 2)}\n`;
}

/** A protocol that was written before; null when it is none that this version of Tracey reads. */
export function parseProtocol(text: string): Protocol | null {
  try {
    return protocolSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Where the documents of a version are: `happn_4/13.12.1`. */
export function computeFolder({
  protocolVersion,
  version,
}: Pick<Protocol, 'protocolVersion' | 'version'>): string {
  return [protocolVersion, version].map((part) => part.replace(/[^\w.@+-]/g, '_')).join('/');
}
