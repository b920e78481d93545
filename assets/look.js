// Runs before the page paints: language, direction and theme are right from the first frame.
// Theme: the visitor's choice, else dark where people work all day and light where they choose.
(function () {
  var root = document.documentElement;
  var DARK = /^\/(studio|designer|jobs|farm|admin)(\/|$)/;
  var tenant = window.flatrenderTenant || {};

  function cookie(name) {
    var found = document.cookie.match(new RegExp("(?:^|; )" + name + "=([^;]*)"));
    return found ? decodeURIComponent(found[1]) : "";
  }
  function remember(name, value) {
    document.cookie = name + "=" + value + "; path=/; max-age=31536000; samesite=lax";
  }

  var spoken = tenant.languages || ["en", "fa"];
  // A browser in Persian was set so by its owner; one in English may just have come so, and the site's language holds.
  var persian = /^fa\b/.test(navigator.language || "") && spoken.indexOf("fa") >= 0;
  var language = cookie("fr_language") || (persian ? "fa" : tenant.language) || "en";
  if (spoken.indexOf(language) < 0) language = tenant.language || spoken[0] || "en";
  // For this visit, so that what the server says is in the same language; a choice is kept for a year (setLanguage).
  if (!cookie("fr_language")) document.cookie = "fr_language=" + language + "; path=/; samesite=lax";
  root.lang = language;
  root.dir = language === "fa" ? "rtl" : "ltr";

  function current() {
    return cookie("fr_theme") || (DARK.test(location.pathname) ? "dark" : "light");
  }
  function paint() {
    var theme = current();
    root.classList.remove("dark", "light");
    root.classList.add(theme);
    root.style.colorScheme = theme;
    // The framework keeps a colour mode of its own under this name; it follows ours.
    try { localStorage.setItem("theme", theme); } catch (refused) { /* private window: nothing to keep */ }
    window.dispatchEvent(new CustomEvent("flatrender:theme", { detail: theme }));
  }
  ["pushState", "replaceState"].forEach(function (name) {
    var original = history[name];
    history[name] = function () {
      var result = original.apply(this, arguments);
      paint();
      return result;
    };
  });
  window.addEventListener("popstate", paint);

  // The palette, asked for before it is there (by its keys, its button, or another part of the page): kept for it.
  // The keys would otherwise open the browser's own search, and a finger's tap would be lost.
  function wanted() { window.flatrender.paletteWanted = true; }
  function pressed(event) {
    var keys = (event.ctrlKey || event.metaKey) && !event.altKey && event.code === "KeyK";
    if (!keys || (!event.shiftKey && /^\/studio\//.test(location.pathname))) return;
    event.preventDefault();
    wanted();
  }
  function tapped(event) {
    if (event.target.closest && event.target.closest("[data-opens=palette]")) wanted();
  }
  var early = { keydown: pressed, click: tapped, "flatrender:palette": wanted };
  Object.keys(early).forEach(function (name) { window.addEventListener(name, early[name]); });
  window.addEventListener("flatrender:palette-ready", function () {
    Object.keys(early).forEach(function (name) { window.removeEventListener(name, early[name]); });
  });

  // The site's own fonts are on their way before the first word is set in them.
  (tenant.fonts || []).forEach(function (address) {
    var ahead = document.createElement("link");
    ahead.rel = "preload"; ahead.as = "font"; ahead.type = "font/woff2"; ahead.crossOrigin = ""; ahead.href = address;
    document.head.appendChild(ahead);
  });

  if (tenant.name && !document.title) document.title = tenant.name;

  window.flatrender = {
    language: language,
    languages: spoken,
    theme: current,
    chosenTheme: function () { return cookie("fr_theme") || "auto"; },
    setTheme: function (theme) {
      if (theme === "auto") document.cookie = "fr_theme=; path=/; max-age=0";
      else remember("fr_theme", theme);
      paint();
    },
    toggleTheme: function () { this.setTheme(current() === "dark" ? "light" : "dark"); },
    setLanguage: function (next) { remember("fr_language", next); location.reload(); },
  };
  paint();
})();
