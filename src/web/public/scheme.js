// Before the first paint, so that nobody who likes it dark sees a white flash. A file of its own: the page's policy admits
// no script that stands in the page.
(() => {
  let scheme = 'auto';
  try {
    scheme = localStorage.getItem('omadm-color-scheme') ?? 'auto';
  } catch {
    // Storage may be switched off.
  }
  const dark = scheme === 'dark' || (scheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.mantineColorScheme = dark ? 'dark' : 'light';
})();
