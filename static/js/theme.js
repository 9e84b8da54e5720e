// Before the first paint: the chosen theme, and a mark that script is there.
document.documentElement.classList.add("js");
try { document.documentElement.dataset.theme = localStorage.getItem("theme") || document.documentElement.dataset.theme || ""; } catch { /* storage is off */ }
