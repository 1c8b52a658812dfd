import { compileDocument } from '../../src/provisioning/compile-document.ts';
import type { DocumentCompiler } from '../../src/services/ports/document-compiler.ts';

/** Reads documents where it stands. */
export const inlineCompiler: DocumentCompiler = {
  compile: (xml, options) => Promise.resolve(compileDocument(xml, options)),
};
