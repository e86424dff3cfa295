// Runs one script: `node run.js NAME PICTURES`, with its plan as the first line of standard input.

import { createInterface } from 'node:readline';
import { end, seen } from './page.js';

/** Past this the script hangs, and its test should say so. */
const LASTS_MS_MAX = 420_000;

const [name, pictures] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const plan = JSON.parse((await lines.next()).value);

/** Asks the test to do something, and waits until it is done. */
async function please(what) {
  process.stdout.write(`${what}\n`);
  const { done } = await lines.next();
  if (done) throw new Error('the test has ended');
}

setTimeout(() => {
  console.error(`${name}.js hangs`);
  process.exit(1);
}, LASTS_MS_MAX).unref();

let code = 0;
try {
  const { default: script } = await import(`./${name}.js`);
  await script({ plan, pictures, please });
} catch (error) {
  code = 1;
  console.error(error);
  await seen(pictures, name).catch((reason) => console.error(`nothing can be seen: ${reason}`));
}
await end();
process.exit(code);
