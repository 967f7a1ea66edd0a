#!/usr/bin/env node
// `cni-tuner` from the checkout, under whatever Node started it: run.mjs finds or brings the project's own Node 24.
process.argv.splice(2, 0, 'src/cli/main.ts');
await import('../scripts/run.mjs');
