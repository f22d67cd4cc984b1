// Before the first paint, hence no module: the reader's choice of light or dark, else the system's.
try {
  const chosen = localStorage.getItem("darkroom.theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is closed to this page: the system's choice it is.
}
