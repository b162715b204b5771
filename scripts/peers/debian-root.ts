/**
 * A fresh Debian, as its own installer makes it, to be booted in a container by systemd's own program: for what makes a
 * machine a runner. And shellcheck, which reads the scripts.
 */
import type { Peer } from './peer.ts';

const SUITE = 'bookworm';
const TOOLS = ['debootstrap', 'systemd-container', 'shellcheck'];
/** What every installation of Debian has, and the smallest one has not; and what is installed first, so that it needs no network. */
const INCLUDED = ['systemd', 'systemd-sysv', 'dbus', 'procps', 'cron', 'git', 'curl', 'ca-certificates'];
const HINT = 'It takes Debian or Ubuntu, root, and their package servers.';

export const debianRoot: Peer = {
  name: 'debian-root',
  version: `${SUITE}-1`,
  product: 'root',
  async install(folder, run) {
    const apt = { folder, hint: HINT };
    const areThere = 'command -v debootstrap && command -v systemd-nspawn && command -v shellcheck';
    await run(['sh', '-c', `(${areThere}) >/dev/null || apt-get update --quiet`], apt);
    await run(
      [
        'sh',
        '-c',
        `(${areThere}) >/dev/null || apt-get install --yes --no-install-recommends ${TOOLS.join(' ')}`,
      ],
      apt,
    );
    await run(['debootstrap', '--variant=minbase', `--include=${INCLUDED.join(',')}`, SUITE, 'root'], apt);
    await run(['sh', '-c', 'rm -rf root/var/cache/apt/archives/*.deb root/var/lib/apt/lists/*'], apt);
  },
};
