/** How a job is going, told on a terminal or in a log. */
import type { JobListener } from '../core/job.ts';
import type { WaitNews } from '../core/machine/lock.ts';
import type { Terminal } from './terminal.ts';

export function createJobListener(terminal: Terminal): Omit<JobListener, 'onRun' | 'onFailure'> {
  return {
    onStep: (text) => terminal.tell(text),
    onStatus: (text) => terminal.showStatus(text),
    onWait: (news) => terminal.showStatus(formatWait(news)),
    onProgress: (progress) => {
      if (progress.done === progress.total) terminal.clearStatus();
      else terminal.showProgress(progress);
    },
  };
}

/** `waiting for the machine: process 4711 (…) since …, 2 more ahead`. */
export function formatWait({ holder, ahead }: WaitNews): string {
  const who = holder ? `process ${holder.pid} (${holder.job}) since ${holder.since}` : 'another job';
  return `waiting for the machine: ${who}${ahead > 0 ? `, ${ahead} more ahead` : ''}`;
}
