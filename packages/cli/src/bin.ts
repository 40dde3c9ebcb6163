import { StopSignal } from './command.js';
import { main } from './main.js';

const controller = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (!controller.signal.aborted) return controller.abort(new StopSignal(signal));
    // A second one does not wait. Not by process.exit, which waits for file operations that never end.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // | head
  throw error;
});

const status = await main(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY === true,
  columns: process.stderr.columns ?? 100,
  signal: controller.signal,
});
process.exitCode = status;
