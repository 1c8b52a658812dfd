import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What `wbxml2xml` or `xml2wbxml` (Debian's libwbxml2-utils) makes of the input.
 *
 * @throws Error when it is missing or refuses the input
 */
export function runLibwbxml(
  program: 'wbxml2xml' | 'xml2wbxml',
  args: readonly string[],
  input: Uint8Array | string,
): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'libwbxml-'));
  const [from, to] = [join(folder, 'in'), join(folder, 'out')];
  try {
    writeFileSync(from, input);
    execFileSync(program, [...args, '-o', to, from], { stdio: 'pipe', timeout: 10_000 });
    return readFileSync(to);
  } catch (cause) {
    throw new Error(`${program} ${args.join(' ')} failed; Debian has it in libwbxml2-utils`, { cause });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
