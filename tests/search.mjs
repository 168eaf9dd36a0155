// The theme's own search worker under Node, with a site's own index.
//
// arguments: the site's folder, and the searches
// stdout: [[["page/", "page/#section", …], …], …]   groups, best first
//
// The page sends the worker the same two kinds of messages, and shows the
// groups of its answer in their order. A group is a page with its sections.

import { readFileSync, readdirSync } from "node:fs";
import vm from "node:vm";

const [site, ...queries] = process.argv.slice(2);
const folder = `${site}/assets/javascripts/workers`;
const [worker] = readdirSync(folder).filter((name) => name.endsWith(".js"));
const data = JSON.parse(readFileSync(`${site}/search/search_index.json`));
data.options = { suggest: false };

let receive, answer;
const self = { console, postMessage: (message) => (answer = message) };
self.addEventListener = (_, listener) => (receive = listener);
self.self = vm.createContext(self);
vm.runInContext(readFileSync(`${folder}/${worker}`, "utf8"), self);
await receive({ data: { type: 0, data } });

const found = [];
for (const query of queries) {
  await receive({ data: { type: 2, data: query } });
  const { items } = answer.data;
  found.push(items.map((group) => group.map((item) => item.location)));
}
process.stdout.write(JSON.stringify(found));
