/** One wave as it is ordered. All of a campaign's waves are told in one way; of counts and filters the last is the rest. */
export interface WaveOrder {
  readonly name?: string;
  /** Of the targets; all together 100. */
  readonly percent?: number;
  readonly count?: number;
  /** Devices of the campaign that match it, and are in no wave before. */
  readonly filter?: string;
}

export type WaveKind = 'percent' | 'count' | 'filter';

export const MAX_WAVES = 100;

export interface WaveFault {
  /** Index of the wave; undefined: all of them. */
  readonly wave?: number;
  readonly detail: string;
}

/** How the waves are told; one wave that says nothing is all of the targets. */
export function kindOfWaves(waves: readonly WaveOrder[]): WaveKind {
  const [first] = waves;
  if (waves.length > 1 && first?.filter !== undefined) return 'filter';
  return waves.length > 1 && first?.count !== undefined ? 'count' : 'percent';
}

/** What is wrong with them, all of it. */
export function waveFaults(waves: readonly WaveOrder[]): readonly WaveFault[] {
  if (waves.length === 0) return [{ detail: 'There has to be one wave at least.' }];
  if (waves.length > MAX_WAVES) return [{ detail: `There are ${waves.length} waves, and ${MAX_WAVES} at most.` }];
  const kind = kindOfWaves(waves);
  const faults: WaveFault[] = [];
  for (const [index, wave] of waves.entries()) {
    const said = (['percent', 'count', 'filter'] as const).filter((one) => wave[one] !== undefined);
    const isRest = index === waves.length - 1 && (kind !== 'percent' || waves.length === 1);
    const others = said.filter((one) => one !== kind);
    if (others.length > 0) {
      faults.push({
        wave: index,
        detail: `The first wave is told by ${kind}, and this one by ${others.join(' and ')}.`,
      });
    } else if (isRest && kind !== 'percent' && said.length > 0) {
      faults.push({ wave: index, detail: `The last wave is the rest; it takes no ${kind}.` });
    } else if (!isRest && said.length === 0) {
      faults.push({ wave: index, detail: `It says no ${kind}.` });
    } else if (wave.percent !== undefined && !(wave.percent > 0 && wave.percent <= 100)) {
      faults.push({ wave: index, detail: 'A percentage is above 0 and at most 100.' });
    } else if (wave.count !== undefined && !(Number.isSafeInteger(wave.count) && wave.count > 0)) {
      faults.push({ wave: index, detail: 'A count is a whole number above 0.' });
    }
  }
  if (kind === 'percent' && faults.length === 0 && (waves.length > 1 || waves[0]?.percent !== undefined)) {
    const sum = waves.reduce((total, { percent }) => total + (percent ?? 0), 0);
    if (Math.abs(sum - 100) > 1e-6) {
      faults.push({ detail: `The waves add up to ${Math.round(sum * 1e6) / 1e6} %, and have to add up to 100.` });
    }
  }
  return faults;
}

/**
 * For each wave the place below which its targets are, of `total` places; undefined where waves are told by filters.
 * Waves of counts that `total` does not reach are empty.
 */
export function waveBounds(waves: readonly WaveOrder[], total: number): readonly number[] | undefined {
  const kind = kindOfWaves(waves);
  if (kind === 'filter') return undefined;
  let sum = 0;
  return waves.map(({ percent, count }, index) => {
    if (index === waves.length - 1) return total;
    sum += kind === 'count' ? (count ?? 0) : (percent ?? 0);
    return kind === 'count' ? Math.min(sum, total) : Math.min(Math.round((sum * total) / 100), total);
  });
}

/**
 * By what the number of a target is multiplied, modulo `total`, to get its place: neighbours come to lie far apart, so
 * that a wave holds devices of all ages. It has no divisor in common with `total`, so every place is taken once.
 */
export function spreadFactor(total: number): number {
  if (total < 3) return 1;
  let factor = Math.round(total * ((Math.sqrt(5) - 1) / 2));
  while (greatestCommonDivisor(factor, total) !== 1) factor += 1;
  return factor;
}

/** The wave, from 1, of the target with that number, from 0. Whoever comes later than was counted is in the last one. */
export function waveOfTarget(number: number, total: number, bounds: readonly number[]): number {
  if (number >= total) return bounds.length;
  const place = Number((BigInt(number) * BigInt(spreadFactor(total))) % BigInt(total));
  const index = bounds.findIndex((bound) => place < bound);
  return index < 0 ? bounds.length : index + 1;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
