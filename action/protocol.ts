/** What the package gives to authors of job types that write down a wire protocol: what the built-in two are made with. */
export type { NodeNeed, ProtocolFamily } from '../job-types/protocol/family.ts';
export { describeHappnMessage, HAPPN_MASKS } from '../job-types/protocol/happn-messages.ts';
export { createProtocolJobType } from '../job-types/protocol/job-type.ts';
export type { Masks } from '../job-types/protocol/masks.ts';
