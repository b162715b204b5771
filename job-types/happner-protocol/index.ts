/** The wire protocol of happner-2 and the happner-client of its time, written down version by version. */
import { fileURLToPath } from 'node:url';
import { describeHappnMessage, HAPPN_MASKS } from '../protocol/happn-messages.ts';
import { createProtocolJobType } from '../protocol/job-type.ts';

export default createProtocolJobType({
  name: 'happner-protocol',
  library: 'happner-2',
  scenario: fileURLToPath(new URL('./happner-scenario.cjs', import.meta.url)),
  masks: HAPPN_MASKS,
  describeMessage: describeHappnMessage,
  oldest: '5.2.0',
  // Until 11 its happn calls util.isDate, which Node 23 has no more.
  nodes: [
    { versions: '<10', runsOn: '>=6 <23', otherwise: '22' },
    { versions: '<13', runsOn: '>=12 <23', otherwise: '22' },
    { versions: '>=13', runsOn: '>=18', otherwise: '24' },
  ],
});
