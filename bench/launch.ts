import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const children: ChildProcess[] = [];

/**
 * Starts a script of this repository as a process of its own and waits for the line that says where it listens.
 *
 * @param script relative to this folder
 * @param pattern its first group is what is waited for
 * @param env all it gets, beside PATH
 * @throws Error when it ends before
 */
export async function launch(script: string, pattern: RegExp, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL(script, import.meta.url))], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const exited = once(child, 'exit').then(([status]) => Promise.reject(new Error(`${script} ended with ${status}`)));
  exited.catch(() => {});
  const ready = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = pattern.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return Promise.race([ready, exited]);
}

export function killLaunched(): void {
  for (const child of children) child.kill('SIGKILL');
}
