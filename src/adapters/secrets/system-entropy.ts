import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';
import type { Entropy } from '../../services/ports/clock.ts';

export class SystemEntropy implements Entropy {
  bytes(length: number): Uint8Array {
    return randomBytes(length);
  }

  id(): string {
    return v7();
  }
}
