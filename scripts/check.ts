/** `npm run check`: what a developer runs before stopping and CI runs first. Under two minutes, nothing but Node. */
import { runChecks } from './gate/checks.ts';
import { close } from './gate/close.ts';
import { stopStepsOnSignals } from './gate/step.ts';

stopStepsOnSignals();
const startMs = performance.now();
close(await runChecks(), (performance.now() - startMs) / 1000);
