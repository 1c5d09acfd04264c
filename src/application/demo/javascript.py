"""Cheats about JavaScript and Node.js."""

from application.demo.cheat import DemoCheat

JAVASCRIPT_CHEATS = (
    DemoCheat(
        key="jsfetch",
        title="Fetch JSON with a time limit and honest errors",
        language="javascript",
        platforms=("Browser", "Node.js"),
        topics=("HTTP", "Networking"),
        owner="user",
        also_in_bag_of=("admin",),
        notes="""
            `fetch` fails only when there is no answer at all: a 404 or 500 counts as success until you look at
            `ok`. Without a signal it may wait for minutes; the time limit includes reading the body.
        """,
        code=r"""
            async function getJson(url, { milliseconds = 5000 } = {}) {
              const response = await fetch(url, {
                headers: { Accept: "application/json" },
                signal: AbortSignal.timeout(milliseconds),
              });
              if (!response.ok) {
                throw new Error(`${url} answered ${response.status}`);
              }
              return response.json();
            }
        """,
    ),
    DemoCheat(
        key="jspool",
        title="Run promises a few at a time",
        language="javascript",
        platforms=("Browser", "Node.js"),
        topics=("Concurrency", "Performance"),
        owner="admin",
        notes="""
            `Promise.all` over a long list starts everything at once. Here a few workers share one iterator, and
            each takes the next item when it has finished one. Results keep the order of the items; the first
            error rejects, while what is under way goes on.
        """,
        code=r"""
            async function mapLimited(items, limit, work) {
              const results = new Array(items.length);
              const queue = items.entries();
              const worker = async () => {
                for (const [index, item] of queue) {
                  results[index] = await work(item);
                }
              };
              await Promise.all(Array.from({ length: limit }, worker));
              return results;
            }
        """,
    ),
    DemoCheat(
        key="jsdebounce",
        title="Wait until typing pauses",
        language="javascript",
        platforms=("Browser",),
        topics=("Performance", "Time"),
        owner="user",
        notes="""
            For searching as someone types: the call comes once, after the pause. Answers may still arrive out of
            order, so abort the request before or ignore all but the latest.
        """,
        code=r"""
            function debounce(call, milliseconds = 200) {
              let timer;
              return (...args) => {
                clearTimeout(timer);
                timer = setTimeout(() => call(...args), milliseconds);
              };
            }
        """,
    ),
    DemoCheat(
        key="jsescape",
        title="Put text from strangers into a page",
        language="javascript",
        platforms=("Browser",),
        topics=("Security",),
        owner="admin",
        also_in_bag_of=("user",),
        notes="""
            What goes through `innerHTML` is read as HTML, and a name may well contain a script. `textContent` and
            attributes set as properties are only ever text. A link still wants its scheme checked: `javascript:`
            is a URL, too.
        """,
        code=r"""
            function personLink(name, address) {
              const url = new URL(address, document.baseURI);
              if (!["http:", "https:"].includes(url.protocol)) {
                throw new Error("not a web address");
              }
              const link = document.createElement("a");
              link.href = url.href;
              link.textContent = name;
              return link;
            }
        """,
    ),
    DemoCheat(
        key="nodelines",
        title="Read a huge file line by line",
        language="javascript",
        platforms=("Node.js",),
        topics=("Files", "Text processing"),
        owner="user",
        notes="""
            The file is read in pieces, so its size does not matter. `crlfDelay` takes a carriage return and a
            line feed for one line break however they arrive. Save it as `lines.mjs`: `await` outside of functions
            wants a module.
        """,
        code=r"""
            import { createReadStream } from "node:fs";
            import { createInterface } from "node:readline";

            let errors = 0;
            const lines = createInterface({ input: createReadStream("app.log"), crlfDelay: Infinity });
            for await (const line of lines) {
              if (line.includes("ERROR")) errors += 1;
            }
            console.log(`${errors} errors`);
        """,
    ),
    DemoCheat(
        key="nodetest",
        title="Test with what Node.js brings along",
        language="javascript",
        platforms=("Node.js",),
        topics=("Testing",),
        owner="admin",
        notes="""
            Save it as `slug.test.mjs` and run `node --test`. No dependency is needed from Node.js 20 on. The
            strict assertions compare without turning `1` into `"1"`.
        """,
        code=r"""
            import assert from "node:assert/strict";
            import { test } from "node:test";

            const slug = (title) =>
              title.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").match(/[a-z0-9]+/g)?.join("-") ?? "";

            test("a slug has no accents, blanks or signs", () => {
              assert.equal(slug("Crème brûlée, twice!"), "creme-brulee-twice");
            });

            test("nothing to keep gives an empty slug", () => {
              assert.equal(slug("?!"), "");
            });
        """,
    ),
)
