/** The wire protocol of happn-3, written down version by version. */
import { fileURLToPath } from 'node:url';
import { describeHappnMessage, HAPPN_MASKS } from '../protocol/happn-messages.ts';
import { createProtocolJobType } from '../protocol/job-type.ts';

export default createProtocolJobType({
  name: 'happn-protocol',
  library: 'happn-3',
  scenario: fileURLToPath(new URL('./happn-scenario.cjs', import.meta.url)),
  masks: HAPPN_MASKS,
  describeMessage: describeHappnMessage,
  oldest: '7.0.0',
  // Until 12 its database calls util.isDate, which Node 23 has no more.
  nodes: [
    { versions: '<10', runsOn: '>=6 <23', otherwise: '22' },
    { versions: '<13', runsOn: '>=12 <23', otherwise: '22' },
    { versions: '>=13', runsOn: '>=18', otherwise: '24' },
  ],
});
