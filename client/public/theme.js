// Runs before the first paint, so that the chosen theme does not flash another one. The names are those of
// src/model/preferences.ts.
try {
  var theme = localStorage.getItem('mesh.theme');
  document.documentElement.dataset.density =
    localStorage.getItem('mesh.density') === 'compact' ? 'compact' : 'comfortable';
  if (theme === 'light' || theme === 'contrast') document.documentElement.dataset.theme = theme;
} catch {
  // storage is forbidden: the default theme stays
}
