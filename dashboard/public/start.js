/**
 * Runs before anything is drawn: takes the colours that were chosen, and says so where a page was opened as a file, from
 * which a browser loads neither modules nor data. A classic script, because a module would not run there.
 */
(() => {
  try {
    const theme = localStorage.getItem('tracey-theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is switched off: the system's colours are taken.
  }
  if (location.protocol === 'file:') document.documentElement.dataset.opened = 'as-file';
})();
