import type { Compilation, CompileOptions } from '../../provisioning/compile-document.ts';

/** Reads uploaded documents, wherever the processor time for it is taken from. */
export interface DocumentCompiler {
  /** As `compileDocument`: a bad document is an answer, never a rejection. */
  compile(xml: Uint8Array, options: CompileOptions): Promise<Compilation>;
}
