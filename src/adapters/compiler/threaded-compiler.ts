import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { type Compilation, type CompileOptions, compileDocument } from '../../provisioning/compile-document.ts';
import type { DocumentCompiler } from '../../services/ports/document-compiler.ts';
import type { CompileTask } from './compile-task.ts';

/** Octets; a document up to that size is read in a few milliseconds, less than a thread takes to start. */
const SMALL = 64 * 1024;
/** A thread that has had nothing to do for that long is given back. */
const IDLE_MS = 60_000;

/**
 * Reads large documents in one worker thread, one after the other, so that a device's message never waits for an upload.
 * The thread is started by the first large document and ended when it has been idle for a while.
 */
export class ThreadedCompiler implements DocumentCompiler {
  readonly #pool: Piscina;

  constructor() {
    const isSource = import.meta.url.endsWith('.ts');
    this.#pool = new Piscina({
      filename: fileURLToPath(new URL(isSource ? './compile-task.ts' : './compile-task.js', import.meta.url)),
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: IDLE_MS,
      // Node alone does not read TypeScript.
      ...(isSource && { execArgv: ['--import', 'tsx'] }),
    });
  }

  /** @throws Error when the thread died, e.g. for want of memory: nothing was stored */
  async compile(xml: Uint8Array, options: CompileOptions): Promise<Compilation> {
    if (xml.length <= SMALL) return compileDocument(xml, options);
    const task: CompileTask = { xml, options };
    return (await this.#pool.run(task)) as Compilation;
  }

  /** Ends the thread; a document under way is given up. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
