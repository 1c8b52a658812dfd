import { v7 } from 'uuid';
import type { Entropy } from '../../services/ports/clock.ts';
import { randomOctets } from './random-pool.ts';

export class SystemEntropy implements Entropy {
  bytes(length: number): Uint8Array {
    return randomOctets(length);
  }

  id(): string {
    return v7();
  }
}
