// The pages' scripts in Node, as the pages' build has them.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

const LAID_OUT = /^\$\/public\/external\/flatrender\/ui\/(.*?)(\/assets)?\/(\w+\.js)$/;
const module = (source) => ({ url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true });

/**
 * Has scripts of the folder `ui` loaded as in a page of a language: by the names that the build lays them out under, .json
 * as modules. What draws and what is fetched by address are not there; `beside`: sources in place of modules by name.
 */
export function asBuilt(ui, language = "en", beside = {}) {
  registerHooks({
    resolve: (name, context, next) => {
      if (name in beside) return module(beside[name]);
      if (name.endsWith(".jsx")) return module("export const nameOf = () => ''");
      if (name.endsWith("?url")) return module("export default ''");
      return next(name.replace(LAID_OUT, (_, at, __, file) => `file://${ui}/${at}/${file}`), context);
    },
    load: (url, context, next) =>
      url.endsWith(".json") ? { format: "module", shortCircuit: true, source: `export default ${readFileSync(fileURLToPath(url), "utf8")}` } : next(url, context),
  });
  globalThis.document = { documentElement: { lang: language } };
}
