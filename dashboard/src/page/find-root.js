/**
 * For the page of what is not there, which servers show at addresses of any depth: relative links lead nowhere from there.
 * Where the site begins is not known before, since it works under any path; it is the nearest folder above that has this
 * page's style sheet. Links, styles and scripts are taken from there. In the page itself, because a file could not be found.
 */
(() => {
  const page = document.documentElement;
  const styles = document.querySelector('link[rel="stylesheet"]');
  const isStyled = getComputedStyle(page).getPropertyValue('--sans') !== '';
  // What lies beside this address was found: it is the site's own folder.
  if (styles === null || isStyled || location.protocol === 'file:') return;

  /** Sites lie no deeper than so many folders. */
  const mostFolders = 12;
  // With the origin: a path may begin with two slashes, and would name another server.
  const roots = [`${location.origin}/`];
  for (const folder of location.pathname.split('/').slice(1, -1).slice(0, mostFolders))
    roots.unshift(`${roots[0]}${folder}/`);
  const read = (element, name) => element.getAttribute(name).replace('./', '');

  const isRoot = async (root) => {
    try {
      const { ok, headers } = await fetch(root + read(styles, 'href'), { method: 'HEAD' });
      return ok && /^text\/css\b/.test(headers.get('content-type'));
    } catch {
      return false;
    }
  };

  const moveTo = async (root) => {
    const styled = new Promise((resolve) => {
      styles.addEventListener('load', resolve);
      styles.addEventListener('error', resolve);
    });
    for (const element of document.querySelectorAll('[href^="./"]'))
      element.href = root + read(element, 'href');
    await styled;
    for (const script of document.querySelectorAll('script[src^="./"]'))
      await import(root + read(script, 'src'));
  };

  const findRoot = async () => {
    const found = await Promise.all(roots.map(isRoot));
    const root = roots.find((_, place) => found[place]);
    if (root !== undefined) await moveTo(root);
  };

  // Nobody has to see it without its styles.
  page.hidden = true;
  findRoot().finally(() => {
    page.hidden = false;
  });
})();
