import { type Compilation, type CompileOptions, compileDocument } from '../../provisioning/compile-document.ts';

/** What a worker thread is asked. */
export interface CompileTask {
  readonly xml: Uint8Array;
  readonly options: CompileOptions;
}

/** Runs in a worker thread of {@link ThreadedCompiler}. The pool wants it as the module's default. */
export default function compileTask({ xml, options }: CompileTask): Compilation {
  return compileDocument(xml, options);
}
